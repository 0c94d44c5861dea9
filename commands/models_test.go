package commands

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/kelly"
)

func TestModelsAreListedInGroupsAndPages(t *testing.T) {
	b := newBench(t, nil)
	for i := range 57 {
		b.service.sd = append(b.service.sd, fmt.Sprintf("Model_%02d", i))
	}
	// The lists are cold: the command waits for them.
	first, _ := b.say(t, "/models")
	if got := first.Text.String(); !first.Private ||
		!strings.HasPrefix(got, "SD models\n1. PhotoPerfect (default)\n2. RealisticVision\n3. Anything V5\n4. Model_00\n") ||
		!strings.HasSuffix(got, "Page 1 of 4, the next is /models 2.\nUse one as in /imagine a red fox in snow --model PhotoPerfect.") {
		t.Errorf("page 1: %s", got)
	}
	all := ""
	for page := 1; page <= 4; page++ {
		reply, _ := b.say(t, fmt.Sprint("/models ", page))
		if n := len(reply.Text.String()); n > 1600 {
			t.Errorf("page %d has %d bytes", page, n)
		}
		all += reply.Text.String()
	}
	for _, name := range b.catalog.Now().All() {
		if strings.Count(all, ". "+name+"\n")+strings.Count(all, ". "+name+" (default)\n") != 1 {
			t.Errorf("%s is not there once", name)
		}
	}
	if !strings.Contains(all, "SDXL models\n1. DreamShaperXL\n") {
		t.Error("the SDXL models have no heading")
	}
	for line, want := range map[string]string{
		"/models xl":          "SDXL models\n1. DreamShaperXL\nUse one",
		"/models MODEL_ 2":    "SD models\n1. Model_20\n",
		"/models Anything V5": "SD models\n1. Anything V5\n",
		"/models v5 anyth":    "SD models\n1. Anything V5\n",
		"/models photo-perf":  "SD models\n1. PhotoPerfect (default)\nUse one",
		"/models dream xl":    "SDXL models\n1. DreamShaperXL\nUse one",
	} {
		if reply, _ := b.say(t, line); !strings.HasPrefix(reply.Text.String(), want) {
			t.Errorf("%s: %s", line, reply.Text)
		}
	}
	b.refused(t, "/models 5", "There is no page 5: the last one is /models 4.")
	b.refused(t, "/models -1", "There is no page -1: the last one is /models 4.")
	b.refused(t, "/models dreamsharper", "No model's name holds dreamsharper: /models lists all of them.")
}

func TestLongNamesStillFitAPage(t *testing.T) {
	b := newBench(t, nil)
	b.service.sd = nil
	for i := range 40 {
		b.service.sd = append(b.service.sd, fmt.Sprintf("%03d%s", i, strings.Repeat("x", 197)))
	}
	reply, _ := b.say(t, "/models")
	if got := reply.Text.String(); len(got) > 1600 || !strings.Contains(got, "Page 1 of 7") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

func TestModelsSayWhenTheyCannotBeHad(t *testing.T) {
	b := newBench(t, nil)
	b.service.sd, b.service.sdxl, b.service.err = nil, nil, &kelly.Error{Kind: kelly.ErrAway}
	b.refused(t, "/models", "The picture service is away right now: please try again in a few minutes.")

	b = newBench(t, nil)
	b.service.sd, b.service.sdxl = nil, nil
	if reply, _ := b.say(t, "/models"); reply.Text.String() != "The picture service lists no models right now." {
		t.Errorf("no models: %s", reply.Text)
	}
}

func TestListsAreKeptTenMinutesAndServedStaleMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil).warm(t)
		defer b.catalog.Close()
		time.Sleep(catalogAge - time.Second)
		b.catalog.Now()
		synctest.Wait()
		if b.service.calls != 1 {
			t.Errorf("%d fetches within ten minutes", b.service.calls)
		}
		time.Sleep(time.Second)
		b.service.sd = []string{"New"}
		b.service.hold = make(chan struct{})
		if lists, err := b.catalog.Wait(t.Context()); err != nil || lists.SD[0] != "PhotoPerfect" {
			t.Errorf("while the new lists are fetched: %v, %v", lists, err)
		}
		close(b.service.hold)
		synctest.Wait()
		if lists := b.catalog.Now(); lists.SD[0] != "New" {
			t.Errorf("after the fetch: %v", lists)
		}
	})
}

func TestAFailedFetchKeepsTheListsAndIsTriedAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil).warm(t)
		defer b.catalog.Close()
		b.service.err = errors.New("away")
		time.Sleep(catalogAge)
		for range 5 {
			b.catalog.Now()
			synctest.Wait()
		}
		if lists := b.catalog.Now(); lists.SD[0] != "PhotoPerfect" || b.service.calls != 2 {
			t.Errorf("after a failed fetch: %v, %d fetches", lists, b.service.calls)
		}
		time.Sleep(catalogPause)
		b.catalog.Now()
		synctest.Wait()
		if b.service.calls != 3 {
			t.Errorf("%d fetches after the pause", b.service.calls)
		}
	})
}

func TestAModelOnAListThatIsMissingPasses(t *testing.T) {
	half := Lists{SD: []string{"PhotoPerfect"}}
	if name, err := checkModel("Unheard", half); err != nil || name != "Unheard" {
		t.Errorf("with half of the lists: %q, %v", name, err)
	}
	if name, err := checkModel("photoperfect", half); err != nil || name != "PhotoPerfect" {
		t.Errorf("on the list that is there: %q, %v", name, err)
	}
	if name, err := checkModel("Unheard", Lists{SD: []string{}, SDXL: []string{}}); err != nil || name != "Unheard" {
		t.Errorf("with empty lists: %q, %v", name, err)
	}
}

func TestAnExactNameIsFoundBeforeOneThatIsOnlyAlike(t *testing.T) {
	lists := Lists{SD: []string{"Dream-Shaper", "DreamShaper", "DREAM.SHAPER"}, SDXL: []string{"---"}}
	for name, want := range map[string]string{
		"dreamshaper": "DreamShaper", "dream.shaper": "DREAM.SHAPER", "Dream Shaper": "Dream-Shaper", "---": "---", "--": "", "": "",
	} {
		if got, _ := lists.Find(name); got != want {
			t.Errorf("%q finds %q, want %q", name, got, want)
		}
	}
}

func TestTheNearestIsWhatOneMeant(t *testing.T) {
	models := []string{"PhotoPerfect", "RealisticVision", "DreamShaper", "DreamShaperXL", "Anything V5", "Deliberate"}
	for typed, want := range map[string]string{
		"PhotoPerfct": "PhotoPerfect", "photo": "PhotoPerfect", "realvision": "RealisticVision", "deramshaper": "DreamShaper",
		"dreamshaperlx": "DreamShaper", "anythign": "Anything V5", "Delib": "Deliberate",
	} {
		if got, alike := Nearest(typed, models); got != want || !alike {
			t.Errorf("%s is taken for %s, want %s", typed, got, want)
		}
	}
	for typed, of := range map[string][]string{
		"zzz": models, "Foo": {"ToyBox", "LowPoly"}, "Nope": {"Gouache"}, "steps": {"style"}, "spoiler": {"size"}, "ban": {"again"}, "filter": {"history"}, "start": {"history"},
	} {
		if near, alike := Nearest(typed, of); alike || near == "" {
			t.Errorf("%s is like %q: %v", typed, near, alike)
		}
	}
	if _, ok := Nearest("x", nil); ok {
		t.Error("something is nearest among nothing")
	}
}

func TestHelpExplainsTheWordsAndEveryCommand(t *testing.T) {
	b := newBench(t, nil)
	reply, _ := b.say(t, "/help")
	for _, want := range []string{"Prompt: ", "Negative prompt: ", "Model: ", "Size: ", "Draw: /imagine\n", "Choices: /models\n", "More: /help /start\n"} {
		if !strings.Contains(reply.Text.String(), want) {
			t.Errorf("/help does not say %q", want)
		}
	}
	const want = `/imagine: Draw a picture of what you describe
/imagine prompt [--model NAME] [--size WxH] [--ar W:H] [--no WORDS] [--n N]

prompt: What to draw, in your own words
--model NAME: The model that draws; /models lists them
--size WxH: Width x height in pixels, instead of the usual size
--ar W:H: Width:height, the aspect ratio, instead of a size
--no WORDS: What should not be in the picture, up to the next option, such as: text, people
--n N: How many pictures, 1 to 4

For example:
/imagine a red fox in snow
/imagine a red fox in snow --model PhotoPerfect --size 768x512
/imagine a quiet harbour at dawn --ar 16:9 --no text, people`
	for _, line := range []string{"/help imagine", "/help /Imagine"} {
		if reply, _ := b.say(t, line); reply.Text.String() != want {
			t.Errorf("%s: %s", line, reply.Text)
		}
	}
	if reply, _ := b.say(t, "/help models"); !strings.Contains(reply.Text.String(), "/models [search]\n") {
		t.Errorf("/help models: %s", reply.Text)
	}
	b.refused(t, "/help modls", "There is no command /modls: try /models, or /help for all of them.")
	if reply, _ := b.say(t, "/start"); !strings.Contains(reply.Text.String(), "/imagine a red fox in snow") {
		t.Errorf("/start: %s", reply.Text)
	}
}

func TestModelsAreTurnedAndMadeOnesOwnByButtons(t *testing.T) {
	k := newKeeper(t)
	for i := range 57 {
		k.service.sd = append(k.service.sd, fmt.Sprintf("Model_%02d", i))
	}
	k.catalog.lists.SD = k.service.sd
	first, _ := k.types(t, k.from("7", "30", false), "/models MODEL")
	if want := "⭐ 1 ⭐ 2 ⭐ 3 ⭐ 4 ⭐ 5 | ⭐ 6 ⭐ 7 ⭐ 8 ⭐ 9 ⭐ 10 | ⭐ 11 ⭐ 12 ⭐ 13 ⭐ 14 ⭐ 15 | ⭐ 16 ⭐ 17 ⭐ 18 ⭐ 19 ⭐ 20 | ▶️ Next"; labels(first) != want || first.Update {
		t.Fatalf("page 1 has %s", labels(first))
	}
	// Whoever presses, it turns.
	second, _ := k.presses(t, k.from("8", "30", false), first, "▶️ Next")
	if !strings.HasPrefix(second.Text.String(), "SD models\n1. Model_20\n") || !strings.HasSuffix(labels(second), "| ◀️ Previous ▶️ Next") || !second.Update {
		t.Errorf("page 2 is %q with %s", second.Text, labels(second))
	}
	third, _ := k.presses(t, k.from("8", "30", false), second, "▶️ Next")
	if !strings.HasSuffix(labels(third), "⭐ 17 | ◀️ Previous") {
		t.Errorf("page 3 has %s", labels(third))
	}
	if back, _ := k.presses(t, k.from("8", "30", false), second, "◀️ Previous"); back.Text.String() != first.Text.String() {
		t.Errorf("back is %q", back.Text)
	}
	reply, _ := k.presses(t, k.from("8", "30", false), second, "⭐ 3")
	if reply.Text.String() != "Model_22 is your model now: /settings shows what you have set." || reply.Update || !reply.Private || k.settings["user:telegram:8"].Model != "Model_22" || len(k.settings) != 1 {
		t.Errorf("%+v, %+v", reply, k.settings)
	}
	if again, _ := k.types(t, k.from("8", "8", false), "/models model_22"); !strings.HasPrefix(again.Text.String(), "SD models\n1. Model_22 (default)\n") {
		t.Errorf("one's own is %q", again.Text)
	}
	k.catalog.lists.SD = k.service.sd[:5]
	if reply, _ := k.presses(t, k.from("8", "30", false), second, "⭐ 3"); reply.Text.String() != "That model is no longer there: /models lists those that are." {
		t.Errorf("of one that is gone: %q", reply.Text)
	}
	for _, id := range []string{"p", "p!", "u", "x", "p0189", ""} {
		req := k.from("7", "7", false)
		req.Command, req.Text, req.Pressed = "models", id, true
		if reply, pending := k.Handle(t.Context(), req); pending || reply.Text.String() == "" {
			t.Errorf("%q: %+v", id, reply)
		}
	}
	// A search that is too long for a button still has its command.
	for i := range 30 {
		k.catalog.lists.SD = append(k.catalog.lists.SD, fmt.Sprintf("%s%d", strings.Repeat("long", 10), i))
	}
	long, _ := k.types(t, k.from("7", "7", false), "/models "+strings.Repeat("long", 10))
	if strings.Contains(labels(long), "Next") || !strings.Contains(long.Text.String(), "the next is /models longlong") {
		t.Errorf("%q with %s", long.Text, labels(long))
	}
}
