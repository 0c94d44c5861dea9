package imaging

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
)

// namespaces are those of the properties that a packet has. The last is ours,
// for what has no property that others know.
var namespaces = []struct{ prefix, uri string }{
	{"dc", "http://purl.org/dc/elements/1.1/"},
	{"xmp", "http://ns.adobe.com/xap/1.0/"},
	{"Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},
	{"kellybot", "urn:kellybot:metadata:1/"},
}

const (
	// identifierPrefix makes an id of ours one that nobody else gives, which is
	// also how we know a packet of ours.
	identifierPrefix = "kellybot:"
	sourceTypes      = "http://cv.iptc.org/newscodes/digitalsourcetype/"
)

// xmpPacket serializes the metadata as XMP (ISO 16684-1, 7; the packet's
// wrapper is 7.3.2). The prompt's and the model's properties are those of IPTC
// Photo Metadata 2025.1.
func xmpPacket(m Metadata) []byte {
	var b bytes.Buffer
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about=""`)
	for _, n := range namespaces {
		b.WriteString(" xmlns:" + n.prefix + `="` + n.uri + `"`)
	}
	b.WriteString(">\n")
	property := func(name, value string) {
		if value == "" {
			return
		}
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // memory takes everything
		b.WriteString("</" + name + ">\n")
	}
	number := func(name string, value int) {
		if value != 0 {
			property(name, strconv.Itoa(value))
		}
	}
	property("dc:identifier", identifierPrefix+m.ID)
	property("xmp:CreatorTool", m.Software)
	if m.Source != "" {
		property("Iptc4xmpExt:DigitalSourceType", sourceTypes+string(m.Source))
	}
	property("Iptc4xmpExt:AIPromptInformation", m.Prompt)
	property("Iptc4xmpExt:AISystemUsed", m.Model)
	property("kellybot:NegativePrompt", m.NegativePrompt)
	number("kellybot:Width", m.Width)
	number("kellybot:Height", m.Height)
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return b.Bytes()
}

// maxReadPacket is how much XMP is looked at: as much as xmpPacket writes, and
// what programs that edit it add, who leave room for more.
const maxReadPacket = 2 * maxPacket

// readPacket undoes xmpPacket. Programs that edit XMP serialize it anew: a
// simple property may be an element or an attribute, in one of several
// descriptions (ISO 16684-1, 7.4 and 7.9.2.2).
func readPacket(packet []byte) (m Metadata, ok bool) {
	var document struct {
		Descriptions []struct {
			Attributes []xml.Attr `xml:",any,attr"`
			Properties []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"RDF>Description"`
	}
	if len(packet) > maxReadPacket || xml.Unmarshal(packet, &document) != nil {
		return Metadata{}, false
	}
	values := map[xml.Name]string{}
	for _, d := range document.Descriptions {
		for _, a := range d.Attributes {
			values[a.Name] = a.Value
		}
		for _, p := range d.Properties {
			values[p.XMLName] = p.Text
		}
	}
	property := func(qualified string) string {
		prefix, name, _ := strings.Cut(qualified, ":")
		for _, n := range namespaces {
			if n.prefix == prefix {
				return values[xml.Name{Space: n.uri, Local: name}]
			}
		}
		return ""
	}
	number := func(name string) int {
		n, err := strconv.Atoi(property(name))
		if err != nil {
			return 0 // nonsense says nothing
		}
		return n
	}
	id, ok := strings.CutPrefix(property("dc:identifier"), identifierPrefix)
	if !ok {
		return Metadata{}, false
	}
	return Metadata{
		ID:             id,
		Software:       property("xmp:CreatorTool"),
		Source:         SourceType(strings.TrimPrefix(property("Iptc4xmpExt:DigitalSourceType"), sourceTypes)),
		Prompt:         property("Iptc4xmpExt:AIPromptInformation"),
		Model:          property("Iptc4xmpExt:AISystemUsed"),
		NegativePrompt: property("kellybot:NegativePrompt"),
		Width:          number("kellybot:Width"),
		Height:         number("kellybot:Height"),
	}.clean(), true
}

// xmlRune is r where XML 1.0 may have it (2.2), even as a reference.
func xmlRune(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r',
		' ' <= r && r <= 0xd7ff, 0xe000 <= r && r <= 0xfffd, 0x10000 <= r:
		return r
	}
	return '\ufffd'
}
