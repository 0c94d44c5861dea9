package web

import (
	"net"
	"net/netip"
	"sync"
)

// places are how many connections may be open at once.
type places struct {
	all  int // more wait in the system's line
	far  int // of others than this machine, so that what is asked here is answered; more are closed
	peer int // of one address that is not this machine's; more are closed
}

// limit returns the listener with no more connections open at once than there
// are places for.
func limit(listener net.Listener, most places) net.Listener {
	return &limited{
		Listener: listener, most: most, places: make(chan struct{}, most.all), closed: make(chan struct{}), peers: map[netip.Prefix]int{},
	}
}

type limited struct {
	net.Listener
	most   places
	places chan struct{} // one for each open connection
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	far   int
	peers map[netip.Prefix]int // connections of those that are far
}

func (l *limited) Accept() (net.Conn, error) {
	for {
		select {
		case l.places <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
		conn, err := l.Listener.Accept()
		if err != nil {
			<-l.places
			return nil, err
		}
		leave, ok := l.enter(conn.RemoteAddr())
		if ok {
			return &placed{Conn: conn, leave: sync.OnceFunc(func() { leave(); <-l.places })}, nil
		}
		_ = conn.Close() // whoever has so many is told by that
		<-l.places
	}
}

// enter counts a connection of the address until leave is called, if it may be.
func (l *limited) enter(from net.Addr) (leave func(), ok bool) {
	peer, far := farPeer(from)
	if !far {
		return func() {}, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.far >= l.most.far || l.peers[peer] >= l.most.peer {
		return nil, false
	}
	l.far++
	l.peers[peer]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.far--
		if l.peers[peer]--; l.peers[peer] == 0 {
			delete(l.peers, peer)
		}
	}, true
}

// farPeer is whom the address belongs to, unless that is this machine: of IPv6
// it is a network of 64 bits, which one customer has.
func farPeer(from net.Addr) (peer netip.Prefix, far bool) {
	address, ok := from.(*net.TCPAddr)
	if !ok {
		return peer, false
	}
	ip := address.AddrPort().Addr().Unmap().WithZone("")
	if !ip.IsValid() || ip.IsLoopback() {
		return peer, false
	}
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	peer, _ = ip.Prefix(bits) // no address is shorter
	return peer, true
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// placed is a connection that has a place until it is closed.
type placed struct {
	net.Conn
	leave func()
}

func (c *placed) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
