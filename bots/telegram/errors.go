package telegram

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kellybot/bots"
)

// maxDescription bounds what an error repeats of Telegram's words, in bytes.
const maxDescription = 200

// An apiError is an answer that is not a success.
type apiError struct {
	Code        int
	Description string        // Telegram's words
	RetryAfter  time.Duration // the pause that Telegram demands, or 0
	MigratedTo  int64         // the chat that took this one's place, or 0
	// Foreign says that the answer is none of the Bot API's, such as a
	// proxy's page of HTML.
	Foreign bool
}

// Error implements error. It repeats nothing that a user wrote: Telegram
// quotes markup that it cannot parse.
func (e *apiError) Error() string {
	if e.Foreign {
		return fmt.Sprintf("no answer of the Bot API (HTTP %d)", e.Code)
	}
	description := e.Description
	if e.names("can't parse entities") {
		description = "Bad Request: can't parse entities"
	}
	if len(description) > maxDescription {
		description = strings.ToValidUTF8(description[:maxDescription], "") + "…"
	}
	return fmt.Sprintf("%s (%d)", description, e.Code)
}

// Unwrap says what two answers mean of every method: a token that was revoked,
// and one that never was any.
func (e *apiError) Unwrap() error {
	if !e.Foreign && (e.Code == http.StatusUnauthorized || e.Code == http.StatusNotFound && e.Description == "Not Found") {
		return bots.ErrToken
	}
	return nil
}

// badMarkup reports whether Telegram refuses the text for its markup: "can't
// parse entities", ENTITY_BOUNDS_INVALID, ENTITIES_TOO_LONG.
func (e *apiError) badMarkup() bool {
	return e.Code == http.StatusBadRequest && e.names("entit")
}

// notAsPhoto reports whether Telegram refuses the picture as a photo, and may
// take it as a document: for its bytes, its dimensions, or since the chat
// allows files but no photos.
func (e *apiError) notAsPhoto() bool {
	return e.Code == http.StatusBadRequest && (e.names("photo") || e.names("image_process") || e.names("too big"))
}

// barred reports whether the chat refuses what is sent for its kind, and may
// take another kind: "not enough rights to send photos to the chat",
// CHAT_SEND_DOCS_FORBIDDEN.
func (e *apiError) barred() bool {
	return e.final() && (e.names("rights to send") || e.names("chat_send_") && e.names("forbidden"))
}

// names reports whether the refusal speaks of what word names.
func (e *apiError) names(word string) bool {
	return strings.Contains(strings.ToLower(e.Description), word)
}

// tooLarge reports whether Telegram refuses a file for its length.
func (e *apiError) tooLarge() bool {
	return e.Code == http.StatusRequestEntityTooLarge || e.Code == http.StatusBadRequest && e.names("too big")
}

// passing reports whether the same call may succeed later.
func (e *apiError) passing() bool {
	return e.Code == http.StatusTooManyRequests || e.Code >= 500 ||
		e.Foreign && e.Code != http.StatusRequestEntityTooLarge
}

// final reports whether the same message is refused whenever it is sent: the
// chat is gone or closed to the bot. A refused token may be replaced.
func (e *apiError) final() bool {
	return !e.Foreign && (e.Code == http.StatusBadRequest || e.Code == http.StatusForbidden)
}

// closed reports whether nobody in the chat can be told anything: a user has
// blocked the bot, a group has thrown it out, or lets it not write.
func (e *apiError) closed() bool {
	return e.Code == http.StatusForbidden || e.barred() || e.threadGone() || e.names("topic_closed") ||
		e.names("chat not found") || e.names("chat_restricted") || e.names("chat_write_forbidden")
}

// threadGone reports whether the topic is not there: it was deleted, or the
// group has no topics any more.
func (e *apiError) threadGone() bool {
	return e.Code == http.StatusBadRequest && (e.names("message thread not found") || e.names("topic_deleted"))
}

// replyGone reports whether the message to reply to is not there.
func (e *apiError) replyGone() bool {
	return e.Code == http.StatusBadRequest && (e.names("message to be replied not found") || e.names("reply_message_id_invalid"))
}

// notModified reports whether a message already is as an edit would make it.
func (e *apiError) notModified() bool {
	return e.Code == http.StatusBadRequest && e.names("message is not modified")
}

// deleteGone reports whether the message to delete is not there.
func (e *apiError) deleteGone() bool {
	return e.Code == http.StatusBadRequest && e.names("message to delete not found")
}

// undeletable reports whether the message can no longer be deleted: it is
// older than 48 hours, https://core.telegram.org/bots/api#deletemessage, or of
// before the group became a supergroup.
func (e *apiError) undeletable() bool {
	return e.Code == http.StatusBadRequest && (e.names("can't be deleted") || e.MigratedTo != 0)
}

// refusal returns what an answer refuses, or nil for a success.
func refusal(resp *http.Response, body []byte) *apiError {
	var answer struct {
		OK          bool   `json:"ok"`
		Code        int    `json:"error_code"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter float64 `json:"retry_after"`
			MigrateTo  int64   `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}
	err := json.Unmarshal(body, &answer)
	if err == nil && answer.OK && resp.StatusCode < 300 {
		return nil
	}
	e := &apiError{
		Code:        answer.Code,
		Description: answer.Description,
		RetryAfter:  cmp.Or(bots.Seconds(answer.Parameters.RetryAfter), bots.RetryAfter(resp.Header)),
		MigratedTo:  answer.Parameters.MigrateTo,
	}
	if err != nil || e.Code == 0 {
		e.Code, e.Foreign = resp.StatusCode, true
	}
	return e
}

// unanswered is a fault after the whole request was sent: it may have been
// carried out.
type unanswered struct{ error }

func (e unanswered) Unwrap() error { return e.error }

// mayHaveArrived reports whether a call that failed with err may have been
// carried out all the same. What refuses a request has not carried it out, be
// it Telegram or a proxy.
func mayHaveArrived(err error) bool {
	if _, ok := errors.AsType[unanswered](err); ok {
		return true
	}
	refused, ok := errors.AsType[*apiError](err)
	return ok && (refused.Code >= 500 || refused.Foreign && refused.Code < 400)
}
