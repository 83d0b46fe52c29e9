package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Text is the value of the setting in c as Set reads it, and empty where there
// is none.
func (s Setting) Text(c Config) string {
	switch v := value(s.field(&c)).(type) {
	case nil:
		return ""
	case map[string]string:
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, url.QueryEscape(key)+"="+url.QueryEscape(v[key]))
		}
		return strings.Join(pairs, "&")
	case json.RawMessage:
		return string(v)
	default:
		return fmt.Sprint(v)
	}
}
