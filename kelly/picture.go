package kelly

// A Format is a picture's file format, told by its bytes.
type Format string

// The formats that a Picture can have; the value is the usual file extension.
const (
	PNG  Format = "png"
	JPEG Format = "jpg"
	WebP Format = "webp"
	GIF  Format = "gif"
)

// ContentType returns the format's media type, such as image/png.
func (f Format) ContentType() string {
	if f == JPEG {
		return "image/jpeg"
	}
	return "image/" + string(f)
}
