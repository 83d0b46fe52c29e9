// Package nearest finds what a misspelt name was probably meant to be.
package nearest

import "strings"

// Of is the one of the known names that name is, or was probably meant to be: at
// most one in three characters differs, upper and lower case aside. It is empty
// where there is none.
func Of(name string, known []string) string {
	if len(name) > longest {
		return ""
	}
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		if k == name {
			return k
		}
		if d := Distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// longest is more than any name that is known. What is longer is none of them.
const longest = 200

// Distance is the number of bytes to insert, delete, replace or exchange with the next
// one, after Damerau and Levenshtein. Of texts of absurd length it is that of their
// beginnings.
func Distance(a, b string) int {
	a, b = a[:min(len(a), longest)], b[:min(len(b), longest)]
	var above []int                 // distances of a without its last two bytes
	before := make([]int, len(b)+1) // without its last
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := before[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, before[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], above[j-1]+1)
			}
		}
		above, before = before, row
	}
	return before[len(b)]
}
