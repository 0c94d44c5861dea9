package kelly

import (
	"errors"
	"math"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// What New uses when no option says otherwise.
const (
	DefaultBaseURL = "https://api.kellyai.pro/"
	// DefaultTimeout is the reference client's.
	DefaultTimeout = 60 * time.Second
	// DefaultBudget is in bytes: five pictures of 6 MB at a time.
	DefaultBudget = 32 << 20
)

// A Client speaks to one Kelly API with one key. It is safe for concurrent
// use. Make it with New.
type Client struct {
	base      *url.URL
	timeout   time.Duration
	transport http.RoundTripper
	budget    *arena
	// key is a function so that no way of printing a Client shows the key.
	key func() string
}

// An Option changes what New makes.
type Option func(*Client) error

// New returns a client that authenticates with key. It fails when the key is
// empty or cannot stand in a header, or when an option is not valid; the error
// never quotes the key or the address.
func New(key string, opts ...Option) (*Client, error) {
	if key == "" {
		return nil, errors.New("kelly: the API key is empty")
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("kelly: the API key holds white space or characters that no key has")
	}
	c := &Client{
		timeout:   DefaultTimeout,
		transport: newTransport(),
		budget:    newArena(DefaultBudget),
		key:       func() string { return key },
	}
	for _, opt := range append([]Option{WithBaseURL(DefaultBaseURL)}, opts...) {
		if err := opt(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// WithBaseURL makes the client speak to another Kelly-compatible server. The
// address is http or https, may carry a path and may lack the last slash.
func WithBaseURL(address string) Option {
	return func(c *Client) error {
		u, err := url.Parse(address)
		switch {
		case err != nil:
			return errors.New("kelly: the base URL cannot be read")
		case u.Scheme != "http" && u.Scheme != "https":
			return errors.New("kelly: the base URL does not start with http:// or https://")
		case u.Hostname() == "":
			return errors.New("kelly: the base URL names no host")
		case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
			return errors.New("kelly: the base URL holds more than a host and a path")
		}
		c.base = u
		return nil
	}
}

// WithTimeout bounds one attempt, from connecting to the last byte of the
// answer. Waiting for the memory budget does not count.
func WithTimeout(d time.Duration) Option {
	return func(c *Client) error {
		if d <= 0 {
			return errors.New("kelly: the time-out is not positive")
		}
		c.timeout = d
		return nil
	}
}

// WithTransport sends requests through rt, for example to a server inside the
// process. Redirects are never followed, whatever rt is.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Client) error {
		if rt == nil {
			return errors.New("kelly: the transport is nil")
		}
		c.transport = rt
		return nil
	}
}

// WithBudget sets how many bytes of pictures the client holds at most. A
// single picture larger than that is refused with ErrTooLarge.
func WithBudget(bytes int64) Option {
	return func(c *Client) error {
		if bytes <= 0 || bytes > math.MaxInt {
			return errors.New("kelly: the budget is not a possible number of bytes")
		}
		c.budget = newArena(int(bytes))
		return nil
	}
}

// NewTransport returns what New speaks through unless WithTransport says
// otherwise, to put something around it.
func NewTransport() http.RoundTripper { return newTransport() }

// Operation names a client's request by the end of its path, such as
// "generate": one of as many as the API has.
func Operation(req *http.Request) string { return path.Base(req.URL.Path) }

// newTransport keeps to HTTP/1.1: an answer that waits for the budget then
// waits in its socket, where HTTP/2 would gather megabytes of it on the heap
// (its flow control is per stream), and a body is read straight into our
// buffer.
func newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		Protocols:           &protocols,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 64, // all idle connections go to the one host
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		// An error answer's headers are small; the default is 10 MB.
		MaxResponseHeaderBytes: 64 << 10,
	}
}
