package jobs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kellybot/internal/store/storetest"
)

func TestASecretThatIsOfNoUseAnyMoreLeavesTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		release := w.hold()
		for id, secret := range map[string]string{"dies": dead, "lives": "token-alive"} {
			one := job("a", id)
			one.Request.Address.Data = []byte(`"` + id + "+" + secret + `"`)
			if err := w.Accept(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		w.wait("both to be drawn", func() bool { return len(w.order) == 2 })
		if err := w.scrubOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		for id, want := range map[string]string{"dies": `"dies+"`, "lives": `"lives+token-alive"`} {
			row, err := w.Store.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if to, err := address(row); err != nil || string(to.Data) != want {
				t.Errorf("%s is answered at %s (%v)", id, to.Data, err)
			}
		}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			files, err := filepath.Glob(path + "*")
			if err != nil || len(files) < 2 {
				t.Fatalf("%q, %v", files, err)
			}
			for _, name := range files {
				if content, err := os.ReadFile(name); err != nil || strings.Contains(string(content), dead) {
					t.Errorf("%s holds the dead token (%v)", name, err)
				}
			}
		}
		release()
		w.answered("dies", "lives")
	})
}
