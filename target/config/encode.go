package config

import (
	"bytes"
	"encoding/json"
)

// Encode is the document that Load reads as c, with the settings that differ
// from their defaults or are Asked. Credentials are left out unless asked for.
func Encode(c Config, withSecrets bool) ([]byte, error) {
	standard := Default()
	standard.CompressionLevel = levels[c.Compression].standard
	c.fillLevel()
	var doc object
	for _, s := range table {
		if s.Kind == SecretString && !withSecrets {
			continue
		}
		v, err := marshal(value(s.field(&c)))
		if err != nil {
			return nil, err
		}
		usual, err := marshal(value(s.field(&standard)))
		if err != nil {
			return nil, err
		}
		if s.Asked || !bytes.Equal(v, usual) {
			doc.add(s.Name, json.RawMessage(v))
		}
	}
	return doc.indented()
}

// object is a JSON object that keeps its members in order.
type object []property

type property struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, property{name, value}) }

// MarshalJSON leaves <, > and & as they are.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := marshal(p.name)
		if err != nil {
			return nil, err
		}
		v, err := marshal(p.value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), v...)
	}
	return append(b, '}'), nil
}

func (o object) indented() ([]byte, error) {
	flat, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, flat, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// marshal is json.Marshal without its precautions for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
