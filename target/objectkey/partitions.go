package objectkey

import "strings"

// Partitions are the names that query engines take for columns, in a prefix and
// template of keys: those of the folders that are of the form name=value.
func Partitions(template string) (names []string) {
	folders := strings.Split(template, "/")
	for _, folder := range folders[:len(folders)-1] {
		if name, _, ok := strings.Cut(folder, "="); ok && name != "" && !strings.Contains(name, "[") {
			names = append(names, name)
		}
	}
	return names
}
