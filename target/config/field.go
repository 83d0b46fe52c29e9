package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// keyID is a Secret whose end is shown. The table's row of
// aws_access_key_id points to its field as one.
type keyID Secret

// store puts a canonical text where field points to; the empty text is the
// zero value. It and value are the only places that know the types of Config.
func store(field any, text string) error {
	switch f := field.(type) {
	case *string:
		*f = text
	case *byte:
		*f = text[0]
	case *bool:
		*f = text == "true"
	case **bool:
		*f = pointer(text, text == "true")
	case *slog.Level:
		return f.UnmarshalText([]byte(text))
	case *map[string]string:
		tags, err := parseTags(text)
		*f = tags
		return err
	case *[]string:
		list, err := listOf(text)
		*f = list
		return err
	case *Streams:
		return f.store(text)
	case *Secret:
		*f = NewSecret(text)
	case *keyID:
		*f = keyID(NewKeyID(text))
	default:
		return storeNumber(field, text)
	}
	return nil
}

func storeNumber(field any, text string) (err error) {
	if d, ok := field.(*time.Duration); ok {
		*d, err = time.ParseDuration(text)
		return err
	}
	var n int64
	if text != "" {
		n, err = strconv.ParseInt(text, 10, 64)
	}
	switch f := field.(type) {
	case *int:
		*f = int(n)
	case *int64:
		*f = n
	case **int64:
		*f = pointer(text, n)
	default:
		return fmt.Errorf("no setting is stored in a %T", field)
	}
	return err
}

// pointer is nil where there is no text.
func pointer[T any](text string, v T) *T {
	if text == "" {
		return nil
	}
	return &v
}

// value is the opposite of store: what a JSON document has for the field, nil
// for a setting that is not set. Secrets come out as they are.
func value(field any) any {
	switch f := field.(type) {
	case *string:
		return orNil(*f)
	case *byte:
		return string(rune(*f))
	case *bool:
		return *f
	case **bool:
		return deref(*f)
	case *int:
		return *f
	case *int64:
		return *f
	case **int64:
		return deref(*f)
	case *time.Duration:
		return json.Number(strconv.FormatFloat(f.Seconds(), 'f', -1, 64))
	case *slog.Level:
		return strings.ToLower(f.String())
	case *map[string]string:
		if *f == nil {
			return nil
		}
		return *f
	case *[]string:
		if *f == nil {
			return nil
		}
		return *f
	case *Streams:
		if f.text == "" {
			return nil
		}
		return json.RawMessage(f.text)
	case *Secret:
		return orNil(f.Reveal())
	case *keyID:
		return value((*Secret)(f))
	}
	return nil
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
