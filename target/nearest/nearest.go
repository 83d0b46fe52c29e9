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

// Distance is the number of bytes to insert, delete or replace, after
// Levenshtein. Of texts of absurd length it is that of their beginnings.
func Distance(a, b string) int {
	a, b = a[:min(len(a), longest)], b[:min(len(b), longest)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
