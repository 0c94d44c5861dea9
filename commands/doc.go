// Package commands holds what the bot can do, without knowing any chat
// platform: the requests that adapters translate events into, the replies
// that they render, one parser for what people type, one registry of commands
// and the router that runs them.
//
// An adapter calls [Router.Handle] with a [Request]. Whatever can be said at
// once comes back as a [Reply]; work that takes its time is handed to the
// [Queue] as a [Job], and its reply is delivered to the request's [Address]
// later.
package commands
