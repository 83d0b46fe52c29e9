package config

import (
	"encoding/json"
	"slices"
	"strings"

	"target-s3/target/pattern"
)

// Env is the environment, of KEY=value: one variable for each setting, see
// Setting.Env. A variable that is empty counts as not set.
func Env(environ []string) Source {
	return Source{func() ([]member, Errors) { return readEnv(environ), nil }}
}

// EnvNames is the environment where no setting is read from it. Variables that
// are misspelt are errors nevertheless: somebody counts on them.
func EnvNames(environ []string) Source {
	return Source{func() (_ []member, errs Errors) {
		for _, m := range readEnv(environ) {
			_, known := foreignTo(m.name)
			if _, _, err := resolve(m); err != nil && !known && !otherPlugins(m.name) && !ofObject(m.name) {
				errs = append(errs, FieldError{Place: m.place, Setting: m.name, Problem: err.Error()})
			}
		}
		return nil, errs
	}}
}

// readEnv makes a member of each variable, in the order of their names.
func readEnv(environ []string) (members []member) {
	environ = slices.Clone(environ)
	slices.Sort(environ)
	for _, variable := range environ {
		name, text, _ := strings.Cut(variable, "=")
		name, ours := strings.CutPrefix(name, EnvPrefix)
		if !ours || text == "" || notSettings.Regexp().MatchString(name) {
			continue
		}
		raw, err := json.Marshal(text)
		if err != nil {
			continue // there is no string that cannot be marshalled
		}
		members = append(members, member{name: strings.ToLower(name), place: EnvPrefix + name, raw: raw})
	}
	return members
}

// notSettings begin like ours and are not for us: Meltano has TARGET_S3__DIALECT
// and others that begin so for a loader of the name target-s3, and Kubernetes
// writes TARGET_S3_SERVICE_HOST, TARGET_S3_PORT_80_TCP_ADDR and the like where there
// is a service of that name.
var notSettings = pattern.New(`^(_.*|SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_.*)?)$`)

// otherPlugins are those that inherit from target-s3 in Meltano, or that have a
// longer name: their variables end in the name of a setting, after the rest of
// theirs, as TARGET_S3_ORDERS_S3_BUCKET does.
func otherPlugins(name string) bool {
	return slices.ContainsFunc(names(), func(known string) bool { return strings.HasSuffix(name, "_"+known) })
}

// ofObject reports whether a variable is for a member of a setting that is an object.
// Meltano sets one for each, as TARGET_S3_OBJECT_TAGS_TEAM, beside the file.
func ofObject(name string) bool {
	return slices.ContainsFunc(table, func(s Setting) bool {
		return (s.Kind == Tags || s.Kind == PerPattern) && strings.HasPrefix(name, s.Name+"_")
	})
}
