package config

import (
	"log/slog"
	"math"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Each function below checks one kind of value, stores it and reports whether
// it was as expected.

func secret(to *string, v string) bool {
	*to = v
	// Quotes are what `docker run --env-file` leaves in values.
	return !strings.ContainsAny(v, `'"`) && !strings.ContainsFunc(v, func(r rune) bool {
		return r <= ' ' || r > unicode.MaxASCII-1
	})
}

func discordToken(to *string, v string) bool {
	// Discord's own examples write the header's "Bot " before the token.
	return secret(to, strings.TrimSpace(strings.TrimPrefix(v, "Bot ")))
}

var telegramTokenForm = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)

func telegramToken(to *string, v string) bool {
	*to = v
	return v == "" || telegramTokenForm.MatchString(v)
}

func address(to *string, v string) bool {
	*to = v
	u, err := url.Parse(v)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && !strings.ContainsAny(v, "?#")
}

func origin(to *string, v string) bool {
	v = strings.TrimSuffix(v, "/")
	u, err := url.Parse(v)
	return address(to, v) && err == nil && u.Path == ""
}

func duration(to *time.Duration, v string) bool {
	d, err := time.ParseDuration(v)
	*to = d
	return err == nil && d > 0
}

func number(to *int, v string, low, high int) bool {
	n, err := strconv.Atoi(v)
	*to = n
	return err == nil && low <= n && n <= high
}

// size checks all but MAX_SIZE, which is another setting.
func size(to *Size, v string) bool {
	width, height, found := strings.Cut(strings.Map(func(r rune) rune {
		if r == 'X' || r == '×' || r == '*' {
			return 'x'
		}
		return r
	}, v), "x")
	return found && number(&to.Width, width, MinSide, math.MaxInt) && number(&to.Height, height, MinSide, math.MaxInt)
}

func snowflake(to *string, v string) bool {
	*to = v
	_, err := strconv.ParseUint(v, 10, 64)
	return v == "" || err == nil
}

// identityForm has negative ids for Telegram alone: its groups and channels,
// which an anonymous administrator speaks as.
var identityForm = regexp.MustCompile(`^(discord:[0-9]{1,20}|telegram:-?[0-9]{1,20})$`)

func identities(to *map[string]bool, v string) bool {
	*to = map[string]bool{}
	for entry := range strings.SplitSeq(v, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		if !identityForm.MatchString(entry) {
			return false
		}
		(*to)[entry] = true
	}
	return true
}

func modelName(to *string, v string) bool {
	*to = v
	return len(v) <= 200 && utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl)
}

func folder(to *string, v string) bool {
	*to = v
	info, err := os.Stat(v)
	if err != nil {
		return !strings.ContainsRune(v, 0)
	}
	return info.IsDir()
}

func level(to *slog.Level, v string) bool {
	var name string
	return oneOf(&name, v, "debug", "info", "warn", "error") && to.UnmarshalText([]byte(name)) == nil
}

func oneOf(to *string, v string, names ...string) bool {
	*to = strings.ToLower(v)
	return slices.Contains(names, *to)
}
