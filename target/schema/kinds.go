package schema

import "target-s3/singer/jsonscan"

// kind is a set of kinds of JSON values.
type kind uint8

const (
	kindNull kind = 1 << iota
	kindBool
	kindInteger // also 1.0
	kindFraction
	kindExponent // a number with an exponent, which may be an integer or not
	kindString
	kindArray
	kindObject

	kindWhole  = kindInteger | kindExponent // what "integer" may be
	kindNumber = kindInteger | kindFraction | kindExponent
	kindScalar = kindNull | kindBool | kindNumber | kindString
	kindAny    = kindScalar | kindArray | kindObject
)

var kindsByName = map[string]kind{
	"null": kindNull, "boolean": kindBool, "integer": kindWhole, "number": kindNumber,
	"string": kindString, "array": kindArray, "object": kindObject,
}

// typesOf are the kinds that the "type" of a decoded schema allows. One that is
// misspelt allows none.
func typesOf(s map[string]any) kind {
	switch t := s["type"].(type) {
	case string:
		return kindsByName[t]
	case []any:
		if len(t) == 0 {
			return kindAny
		}
		var k kind
		for _, e := range t {
			name, _ := e.(string)
			k |= kindsByName[name]
		}
		return k
	}
	return kindAny
}

// namedKinds are the kinds that the text of a "type" names, one or a list of them.
// known is false where something else is there as well.
func namedKinds(text []byte) (k kind, known bool) {
	known = true
	add := func(name []byte) {
		named := kind(0)
		if name[0] == '"' {
			named = kindsByName[string(jsonscan.Unquote(name[1:len(name)-1]))]
		}
		k |= named
		known = known && named != 0
	}
	if text[0] != '[' {
		add(text)
		return k, known
	}
	for name := range jsonscan.Elements(text) {
		add(name)
	}
	return k, known
}

// kindOfText is what a value's text is: all kinds of numbers for a number.
func kindOfText(v []byte) kind {
	switch v[0] {
	case 'n':
		return kindNull
	case 't', 'f':
		return kindBool
	case '"':
		return kindString
	case '{':
		return kindObject
	case '[':
		return kindArray
	}
	return kindNumber
}
