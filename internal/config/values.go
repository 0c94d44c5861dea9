package config

import (
	"log/slog"
	"math"
	"net"
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
	return v == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && !strings.ContainsAny(v, "?#")
}

func origin(to *string, v string) bool {
	v = strings.TrimSuffix(v, "/")
	u, err := url.Parse(v)
	return address(to, v) && err == nil && u.Path == ""
}

// listenAddress checks the form alone; whether it can be had shows at the start.
func listenAddress(to *string, v string) bool {
	*to = v
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// password is short enough for a form and too long to be guessed by trying.
func password(to *string, v string) bool {
	*to = v
	return v == "" || len(v) >= 8 && len(v) <= 1000
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

// database checks the form alone; whether it can be opened shows at the start.
func database(to *string, v string) bool {
	*to = v
	if path, ok := strings.CutPrefix(v, "sqlite:"); ok {
		return path != ""
	}
	u, err := url.Parse(v)
	return v == "" || err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && u.Host != ""
}

// fileSize reads a number of bytes with an optional unit, of powers of 1000.
func fileSize(to *int64, v string) bool {
	unit := int64(1)
	for name, size := range map[string]int64{"kB": 1e3, "MB": 1e6, "GB": 1e9} {
		if number, ok := strings.CutSuffix(v, name); ok {
			v, unit = number, size
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	*to = n * unit
	return err == nil && 0 < n && n <= math.MaxInt64/unit
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
var identityForm = regexp.MustCompile(`^((discord|playground):[0-9]{1,20}|telegram:-?[0-9]{1,20})$`)

// identities takes a list that is empty, but none that only looks like one: an
// ALLOW_USERS of commas would open the bot to everybody.
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
	return v == "" || len(*to) > 0
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
