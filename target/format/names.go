package format

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// ColumnNames names the columns of a table, each found by following the names of
// properties in its path: they are joined by __. No two of the names, and none of
// those taken, are the same to an engine that folds case, as most do.
//
// Of several columns that would have one name, the first in an order of the paths
// keeps it, and the others get a suffix made of their paths. So which name a
// property has does not depend on where it stands, and it has either its own or
// that with its suffix, whatever else there is.
func ColumnNames(taken []string, paths [][]string) []string {
	names := make([]string, len(paths))
	used := map[string]int{} // folded names, by the column or -1
	for _, name := range taken {
		used[strings.ToLower(name)] = -1
	}
	var others []int
	for i, path := range paths {
		names[i] = cmp.Or(strings.Join(path, "__"), "_") // a column must have a name
		folded := strings.ToLower(names[i])
		keeps, found := used[folded]
		switch {
		case !found:
			used[folded] = i
		case keeps >= 0 && comparePaths(path, paths[keeps]) < 0:
			used[folded] = i
			others = append(others, keeps)
		default:
			others = append(others, i)
		}
	}
	slices.SortFunc(others, func(i, k int) int { return comparePaths(paths[i], paths[k]) })
	for _, i := range others {
		sum := sha256.Sum256(fmt.Appendf(nil, "%q", paths[i]))
		name := withSum(names[i], sum)
		for has(used, name) { // by accident, or made to meet
			sum = sha256.Sum256(sum[:])
			name = withSum(names[i], sum)
		}
		names[i] = name
		used[strings.ToLower(name)] = i
	}
	return names
}

func has(used map[string]int, name string) bool {
	_, ok := used[strings.ToLower(name)]
	return ok
}

func withSum(name string, sum [sha256.Size]byte) string {
	return name + "_" + hex.EncodeToString(sum[:4])
}

// comparePaths has the column first that keeps its name: what stands at the top
// before what flattening makes, and what is in lower case already before what is
// folded to it.
func comparePaths(a, b []string) int {
	oddity := func(path []string) int {
		switch name := strings.Join(path, "__"); name {
		case "":
			return 2
		case strings.ToLower(name):
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(oddity(a), oddity(b)), slices.Compare(a, b))
}
