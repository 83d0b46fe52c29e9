package ddl

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// doubled quotes a name, or a text, as the standard of SQL does.
func doubled(quote string) func(string) string {
	return func(text string) string {
		return quote + strings.ReplaceAll(text, quote, quote+quote) + quote
	}
}

// escaped quotes a text for engines to which a backslash begins an escape.
func escaped(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// writable reports whether a name can be written into a statement at all.
func writable(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// isPlain reports whether a name is of letters, digits and underscores, and does not
// begin with a digit: every engine can have it.
func isPlain(name string) bool { return name != "" && plain(name) == name }

// plain makes a name fit for every engine, but for its length.
func plain(name string) string {
	text := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, name)
	if text == "" || '0' <= text[0] && text[0] <= '9' {
		text = "_" + text
	}
	return text
}

// maxTableName leaves room for what is appended to names, in the engine that has the
// least, Redshift with 127 bytes.
const maxTableName = 100

// shortened cuts a plain name that is longer than most. What is cut has a hash of the
// whole at its end.
func shortened(name string, most int) string {
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:most-9] + "_" + hex.EncodeToString(sum[:4])
}

// list is lines, each with a comma at its end but for the last.
func list(indent string, lines []string) string {
	return indent + strings.Join(lines, ",\n"+indent)
}
