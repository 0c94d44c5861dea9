package commands

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestALocaleIsSpokenToInTheNearestLanguage(t *testing.T) {
	for locale, want := range map[string]string{
		"": "Size", "en": "Size", "en-GB": "Size", "de": "Größe", "de-AT": "Größe", "de_CH": "Größe", "DE": "Größe", "deu": "Größe",
		"es": "Tamaño", "es-ES": "Tamaño", "es-419": "Tamaño", "pt": "Tamanho", "pt-BR": "Tamanho", "pt-PT": "Tamanho", "ru": "Размер", "ru-UA": "Размер",
		"uk": "Size", "fr": "Size", "zh-TW": "Size", "xx": "Size", "und": "Size", "x": "Size", "-": "Size", "de\x00": "Size", strings.Repeat("de-", 1000): "Size",
	} {
		if got := Translate(locale, "Size"); got != want {
			t.Errorf("%q reads %q, want %q", locale, got, want)
		}
	}
}

func TestWhatIsSaidKeepsItsPlacesItsLookAndItsMoments(t *testing.T) {
	at := time.Unix(1, 0)
	link := Span{Text: "a fox", URL: "https://chat/1", Cut: true}
	moment := Say("in about %s", span(20*time.Second))[0]
	moment.At = at
	for _, c := range []struct {
		text Text
		want string
	}{
		{Text{{Text: "said"}, {Text: " already", Style: Code}}, "said| already(code)"},
		{Say("%s: %s", bold("Model"), code("M")), "Modell(bold)|: |M(code)"},
		{Say("There is no page %s: the last one is %s.", 12000, link), "Es gibt keine Seite |12.000|: Die letzte ist |a fox(https://chat/1)(cut)|."},
		{Say("⏳ You are about #%s in line, your picture is ready %s.", 3, moment), "⏳ Du bist etwa an Platz |3|, dein Bild ist |in etwa 20 Sekunden(1)| fertig."},
		{Say("%s at work, %s waiting.", requests(1), requests(2)), "In Arbeit: |1| Anfrage|, wartend: |2| Anfragen|."},
		{Say("%s s", 1234.56), "1.234,6| s"},
		{Say("Nobody has translated 100 %% of %[2]s and %s: %d", "a", "b"), "Nobody has translated 100 %% of |b| and |: %d"},
		{Say("%[2]s before %[1]s", "a", "b"), "b| before |a"},
		{Say("%s and %s", "one"), "one| and "},
		{nil, ""},
	} {
		got := ""
		for i, span := range c.text.In("de") {
			if i > 0 {
				got += "|"
			}
			got += span.Text + map[Style]string{Bold: "(bold)", Code: "(code)"}[span.Style]
			if span.URL != "" {
				got += "(" + span.URL + ")"
			}
			if span.Cut {
				got += "(cut)"
			}
			if !span.At.IsZero() {
				got += fmt.Sprintf("(%d)", span.At.Unix())
			}
		}
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestAWholeReplyIsSaidOnce(t *testing.T) {
	reply := Reply{
		Text:    Say("Cancelled."),
		Buttons: []Button{{Label: "🔍 Upscale", Number: 2, Command: "upscale", ID: "x"}, {Label: "PhotoPerfect"}},
		Form:    &Form{Title: "Change the request", Fields: []Field{{Label: "Size", Value: "Size"}}},
	}
	// Neither saying it in another language nor storing it changes it any more.
	stored, err := json.Marshal(reply.In("de"))
	if err != nil {
		t.Fatal(err)
	}
	var german Reply
	if err := json.Unmarshal(stored, &german); err != nil {
		t.Fatal(err)
	}
	for _, got := range []Reply{german, german.In("ru")} {
		if got.Text.String() != "Abgebrochen." || got.Buttons[0].Label != "🔍 Vergrößern 2" || got.Buttons[0].ID != "x" || got.Buttons[1].Label != "PhotoPerfect" ||
			got.Form.Title != "Die Anfrage ändern" || got.Form.Fields[0].Label != "Größe" || got.Form.Fields[0].Value != "Size" {
			t.Errorf("%+v, %+v", got, got.Form)
		}
	}
	if german.Locale != "de" || reply.Buttons[0].Label != "🔍 Upscale" || reply.Form.Title != "Change the request" || reply.Text.String() != "Cancelled." {
		t.Errorf("the reply itself has become %+v", reply)
	}
}

func TestPluralFormsFollowTheLanguage(t *testing.T) {
	for locale, want := range map[string]string{
		"en":    "0 requests, 1 request, 2 requests, 5 requests, 21 requests, 1,000,000 requests, -1 requests",
		"de":    "0 Anfragen, 1 Anfrage, 2 Anfragen, 5 Anfragen, 21 Anfragen, 1.000.000 Anfragen, -1 Anfragen",
		"es":    "0 peticiones, 1 petición, 2 peticiones, 5 peticiones, 21 peticiones, 1.000.000 peticiones, -1 peticiones",
		"pt-BR": "0 pedido, 1 pedido, 2 pedidos, 5 pedidos, 21 pedidos, 1.000.000 pedidos, -1 pedido",
		"ru":    "0 запросов, 1 запрос, 2 запроса, 5 запросов, 21 запрос, 1\u00a0000\u00a0000 запросов, -1 запросов",
	} {
		var all []string
		for _, n := range []int{0, 1, 2, 5, 21, 1_000_000, -1} {
			all = append(all, requests(n).In(locale).String())
		}
		if got := strings.Join(all, ", "); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestATranslationWithOtherPlaceholdersIsNotSaid(t *testing.T) {
	c, err := readCatalogue("ru", []byte(`{
		"no %s here": "здесь нет %[2]s", "%s of %s": "%[2]s: %[1]s", "%s and %s": "%s", "done": "готово %s",
		"%s request": {"one": "%s запрос", "few": "запроса"}, "%s hour": {"one": "%s час", "other": "%s часа"}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]Text{
		"no fox here": Say("no %s here", "fox"),
		"b: a":        Say("%s of %s", "a", "b"),
		"a and b":     Say("%s and %s", "a", "b"),
		"done":        Say("done"),
		"3 requests":  requests(3),
		"5 часа":      sayMany(5, "%s hour", "%s hours"), // lacks a form
	} {
		if got := c.text(text).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, file := range []string{"", "{", `{"a": 1}`, `{"a": ["b"]}`, `[]`} {
		if _, err := readCatalogue("ru", []byte(file)); err == nil {
			t.Errorf("%q is a catalogue", file)
		}
	}
}

// FuzzIn has whatever translation and locale there may be say a sentence.
func FuzzIn(f *testing.F) {
	f.Add("de", "No %s, but %s.", "Kein %[2]s, aber %[1]s.", "fox", 21)
	f.Add("pt_PT", "%s", "%[9]s%s%[0]s%[", "%s", -1)
	f.Add("xx-1", "%%s", "%d%", "", 1_000_000)
	f.Fuzz(func(t *testing.T, locale, english, translation, word string, n int) {
		text := Say(english, code(word), n, Say(english, word))
		text.In(locale)
		file, _ := json.Marshal(map[string]any{english: translation, "%s x": map[string]string{"one": translation, "many": translation}})
		c, err := readCatalogue("ru", file)
		if err != nil {
			t.Fatal(err)
		}
		c.text(sayMany(n, "%s x", "%s xs"))
		said := c.text(text).String()
		for _, place := range places(english) {
			if place.argument == 0 && !strings.Contains(said, word) {
				t.Errorf("%q in place of %q lost %q: %q", translation, english, word, said)
			}
		}
	})
}

func BenchmarkIn(b *testing.B) {
	text := Waiting("id", 3, time.Now().Add(time.Minute)).Text
	for _, locale := range []string{"ru", "es-419"} {
		b.Run(locale, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text.In(locale)
			}
		})
	}
}
