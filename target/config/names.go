package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"target-s3/target/nearest"
)

// names are all that a setting may go by, and those of other targets that have
// an answer of their own.
func names() []string {
	var all []string
	for _, s := range table {
		all = append(all, s.Name)
		for _, a := range s.Aliases {
			all = append(all, a.Name)
		}
	}
	own := len(all)
	for _, f := range foreign {
		all = append(all, f.name)
	}
	slices.Sort(all[own:])
	return all
}

// resolve finds the setting of a member, and the alias if it goes by one.
func resolve(m member) (Setting, *Alias, error) {
	for _, s := range table {
		if s.Name == m.name {
			return s, nil, nil
		}
		for i, a := range s.Aliases {
			if a.Name == m.name {
				return s, &s.Aliases[i], nil
			}
		}
	}
	if near := nearestSetting(m.name); near != "" {
		return Setting{}, nil, fmt.Errorf("unknown setting: did you mean %s?", m.spelled(near))
	}
	return Setting{}, nil, errors.New("unknown setting: target-s3 --about lists all of them")
}

// spelled is the name of a setting as the source of the member has it.
func (m member) spelled(name string) string {
	if strings.EqualFold(m.place, envName(m.name)) {
		return envName(name)
	}
	return name
}

// nearestSetting is the known setting that a name was probably meant to be, or
// empty: one that has all words of the name, as batch_size_rows has those of
// batch_rows, one of a similar spelling, or one that the name ends in.
func nearestSetting(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	if s := settingOfWords(name); s != "" {
		return s
	}
	var spellings []string
	settings := make(map[string]string) // by spelling
	for _, s := range table {
		known := []string{s.Name, strings.TrimPrefix(strings.TrimPrefix(s.Name, "s3_"), "aws_")}
		for _, a := range s.Aliases {
			known = append(known, a.Name)
		}
		for _, k := range known {
			if settings[k] == "" {
				settings[k] = s.Name
				spellings = append(spellings, k)
			}
		}
	}
	if near := nearest.Of(name, spellings); near != "" {
		return settings[near]
	}
	for _, s := range table {
		if strings.HasSuffix(name, "_"+s.Name) {
			return s.Name
		}
	}
	return ""
}

// settingOfWords is the setting that has all words of the name, and the fewest others.
func settingOfWords(name string) (best string) {
	most := math.MaxInt
	for _, s := range table {
		words := strings.Split(s.Name, "_")
		lacks := slices.ContainsFunc(strings.Split(name, "_"), func(word string) bool { return !slices.Contains(words, word) })
		if !lacks && len(words) < most {
			best, most = s.Name, len(words)
		}
	}
	return best
}
