package telegramtest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // formats that photos may have
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"strings"

	_ "golang.org/x/image/webp"

	"kellybot/bots/botstest"
)

func upload(call Call, field string) (botstest.File, error) {
	file, given := call.Files[field]
	if !given {
		return file, fmt.Errorf("there is no %s in the request", field)
	}
	if len(file.Bytes) == 0 {
		return file, errors.New("file must be non-empty")
	}
	return file, nil
}

func checkPhoto(b []byte) error {
	if len(b) > maxPhoto {
		return errors.New("file is too big for a photo; the maximum size is 10485760 bytes")
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return errors.New("IMAGE_PROCESS_FAILED")
	}
	longer, shorter := max(config.Width, config.Height), min(config.Width, config.Height)
	if config.Width+config.Height > 10000 || longer > 20*shorter {
		return errors.New("PHOTO_INVALID_DIMENSIONS")
	}
	return nil
}

func (s *Server) getFile(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := call.Params["file_id"]
	content, known := s.files[id]
	if !known {
		refuse(w, 400, "Bad Request: invalid file_id")
		return
	}
	if len(content) > 20<<20 {
		refuse(w, 400, "Bad Request: file is too big")
		return
	}
	answer(w, map[string]any{"file_id": id, "file_unique_id": id + "u", "file_size": len(content), "file_path": "files/" + id})
}

// AddFile makes the content something that getFile finds.
func (s *Server) AddFile(id string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[id] = content
}

func (s *Server) serveFile(w http.ResponseWriter, path string) {
	s.mu.Lock()
	content, known := s.files[strings.TrimPrefix(path, "files/")]
	s.mu.Unlock()
	if !known {
		refuse(w, 404, "Not Found")
		return
	}
	_, _ = w.Write(content)
}
