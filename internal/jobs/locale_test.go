package jobs

import (
	"context"
	"strings"
	"testing"

	"kellybot/internal/store/storetest"
	"kellybot/kelly"
)

func TestEverybodyIsAnsweredInTheirOwnLanguage(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers, c.UserConcurrency = 10, 10 })
		release := w.hold()
		held := w.draw
		w.set(func() {
			w.draw = func(ctx context.Context, prompt string) error {
				if strings.HasPrefix(prompt, "refused") {
					return &kelly.Error{Kind: kelly.ErrRefused, Op: "generate"}
				}
				return held(ctx, prompt)
			}
		})
		people := map[string]struct{ status, refused, cancelled, again string }{
			"de":     {"⏳ Wird gezeichnet: ", "Der Bilddienst hat diese Anfrage abgelehnt: ", "Abgebrochen.", "🔁 Noch mal"},
			"es-419": {"⏳ Dibujando: ", "El servicio de imágenes rechazó esta petición: ", "Cancelado.", "🔁 Otra vez"},
			"pt-BR":  {"⏳ Desenhando: ", "O serviço de imagens recusou este pedido: ", "Cancelado.", "🔁 De novo"},
			"ru":     {"⏳ Рисуется: ", "Сервис картинок отклонил этот запрос: ", "Отменено.", "🔁 Ещё раз"},
			"xx":     {"⏳ Drawing: ", "The picture service refused this request: ", "Cancelled.", "🔁 Again"},
		}
		for locale := range people {
			for _, what := range []string{"refused", "cancelled", "drawn"} {
				job := job(locale, what+locale)
				job.Request.Locale = locale
				if err := w.Accept(t.Context(), job); err != nil {
					t.Fatal(err)
				}
			}
		}
		for locale, want := range people {
			w.failed("refused"+locale, want.refused)
			w.wait("a status", func() bool {
				texts := w.statuses["cancelled"+locale]
				return len(texts) > 0 && strings.HasPrefix(texts[len(texts)-1], want.status)
			})
			if err := w.Cancel(t.Context(), by(locale, "c"+locale), w.short("cancelled"+locale)); err != nil {
				t.Fatal(err)
			}
			w.failed("cancelled"+locale, want.cancelled)
		}
		release()
		for locale, want := range people {
			w.answered("drawn" + locale)
			w.set(func() {
				if reply := w.answers["drawn"+locale][0]; reply.Locale != locale || reply.Buttons[0].Label != want.again {
					t.Errorf("%s: %+v", locale, reply.Buttons)
				}
			})
		}
	})
}
