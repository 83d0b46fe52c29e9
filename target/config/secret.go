package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// mask is what is shown in place of a secret.
const mask = "****"

// Secret is a string that prints as ****, whatever it is printed with. Only
// Reveal gives it away.
type Secret struct {
	// A pointer, because package fmt cannot call the methods of a value inside
	// an unexported field and would print a string there as it is.
	value *string
	// tail characters at the end are shown, so that one access key can be told
	// from another.
	tail int
}

// NewSecret hides a value. The empty string is the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// NewKeyID hides the identifier of an access key but for its last 4 characters.
func NewKeyID(value string) Secret {
	s := NewSecret(value)
	// Less than 16 characters is not an identifier that AWS gives out: whatever was
	// put there, 4 characters of it may be too many.
	if len(value) >= 16 {
		s.tail = 4
	}
	return s
}

// Reveal returns the secret itself.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal reports whether two secrets are the same text.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String returns the masked form, and the empty string for no secret.
func (s Secret) String() string {
	if s.value == nil {
		return ""
	}
	return mask + (*s.value)[len(*s.value)-s.tail:]
}

// GoString is String: %#v must not show more than %v.
func (s Secret) GoString() string { return s.String() }

// Format writes the masked form for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue gives package slog the masked form.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON writes the masked form.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }
