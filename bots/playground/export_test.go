package playground

// Cookie is the cookie of the person with that id, as a header.
func (a *Adapter) Cookie(id string) string { return cookieName + "=" + a.cookies.value(id) }
