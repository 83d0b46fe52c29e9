package distribution

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A CycloneDX document, as far as it is needed here.
type (
	bom struct {
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Serial       string       `json:"serialNumber"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type     string     `json:"type"`
		Ref      string     `json:"bom-ref"`
		Name     string     `json:"name"`
		Version  string     `json:"version"`
		PURL     string     `json:"purl"`
		Hashes   []hash     `json:"hashes,omitempty"`
		Licenses []licensed `json:"licenses"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	licensed struct {
		Expression string `json:"expression"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn"`
	}
)

// SBOM lists the modules that are in a binary, as CycloneDX JSON. It has no time, and
// its serial number is made from what it says: the same build has the same document.
func SBOM(modules []Module, binary []byte) ([]byte, error) {
	b := bom{Format: "CycloneDX", Spec: "1.6", Version: 1}
	var below []string
	for _, m := range modules {
		purl := "pkg:golang/" + strings.ReplaceAll(m.Path, "+", "%2B") + "@" + strings.ReplaceAll(m.Version, "+", "%2B")
		c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl, Licenses: []licensed{{m.License}}}
		if m.Path != Program {
			b.Components, below = append(b.Components, c), append(below, purl)
			continue
		}
		c.Type = "application"
		c.Hashes = []hash{{"SHA-256", fmt.Sprintf("%x", sha256.Sum256(binary))}}
		b.Metadata.Component = c
	}
	b.Dependencies = append(b.Dependencies, dependency{b.Metadata.Component.Ref, slices.Clone(below)})
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	s := sha256.Sum256(text)
	s[6], s[8] = s[6]&0x0f|0x80, s[8]&0x3f|0x80 // a UUID of version 8
	b.Serial = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", s[:4], s[4:6], s[6:8], s[8:10], s[10:16])
	text, err = json.MarshalIndent(b, "", "  ")
	return append(text, '\n'), err
}
