package distribution

import (
	"regexp"
	"strings"
)

// mdLink is a link or a picture of Markdown.
var mdLink = regexp.MustCompile(`(!?)\[([^\[\]]*)\]\(([^()\s]+)\)`)

// description is the readme where the repository is not beside it, as on PyPI: what it
// links to is at the repository's address. If that is not known, the words remain and
// pictures go.
func (r *Release) description() string {
	return mdLink.ReplaceAllStringFunc(string(r.readme), func(link string) string {
		m := mdLink.FindStringSubmatch(link)
		picture, text, to := m[1] != "", m[2], m[3]
		switch {
		case strings.Contains(to, "://") || strings.HasPrefix(to, "#"):
			return link
		case r.Source == "" && picture:
			return ""
		case r.Source == "":
			return text
		}
		kind := "blob"
		if picture {
			kind = "raw"
		}
		return m[1] + "[" + text + "](" + strings.TrimSuffix(r.Source, "/") + "/" + kind + "/v" + r.Version + "/" + to + ")"
	})
}
