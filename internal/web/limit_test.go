package web

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
)

// A stranger is a connection from an address.
type stranger struct {
	net.Conn
	from net.Addr
}

func (s stranger) RemoteAddr() net.Addr { return s.from }

func TestWhoHoldsManyConnectionsKeepsNobodyElseOut(t *testing.T) {
	pipes := newPipes()
	listener := limit(pipes, places{all: 6, far: 4, peer: 2})
	defer listener.Close()
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	// call returns the connection as the server has it, or nil when it was closed.
	call := func(from string) net.Conn {
		client, server := net.Pipe()
		t.Cleanup(func() { client.Close() })
		pipes.conns <- stranger{server, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}
		closed := make(chan error, 1)
		go func() {
			_, err := client.Read(make([]byte, 1))
			closed <- err
		}()
		select {
		case conn := <-accepted:
			return conn
		case err := <-closed:
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			return nil
		}
	}
	first := call("192.0.2.1:1")
	for i, c := range []struct {
		from string
		in   bool
	}{
		{"192.0.2.1:2", true},
		{"192.0.2.1:3", false}, // the third of one
		{"[2001:db8::1]:1", true},
		{"[2001:db8::2]:1", true},
		{"[2001:db8::3]:1", false}, // of one network
		{"192.0.2.9:1", false},     // the fifth of all
		{"127.0.0.1:1", true},
	} {
		if got := call(c.from) != nil; got != c.in {
			t.Errorf("%d: %s is in: %v", i, c.from, got)
		}
	}
	_ = first.Close()
	_ = first.Close() // as the server may
	if call("192.0.2.1:4") == nil {
		t.Error("a place that is free again is not given")
	}
	if call("192.0.2.1:5") != nil {
		t.Error("a place was given twice")
	}
}
