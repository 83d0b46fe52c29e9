package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"target-s3/singer/printable"
)

// number is a whole number with commas between its thousands.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// size is a number of bytes in the unit that suits it.
func size(bytes int64) string {
	const step = 1024
	if bytes < step {
		return fmt.Sprintf("%d B", bytes)
	}
	value, unit := float64(bytes)/step, 0
	const units = "KMGTPE"
	for value >= step-0.05 && unit < len(units)-1 { // what would be rounded to 1024.0
		value /= step
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}

// age is a time that has passed, with its two largest units.
func age(d time.Duration) string {
	s := int64(d / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 60*60:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 24*60*60:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}

// count is a number of things with their word.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// width is how many columns of a terminal a text takes.
func width(text string) int { return displaywidth.String(text) }

// cut makes text fit into so many columns. What is longer ends in an ellipsis.
func cut(text string, most int) string {
	if most < 1 {
		return ""
	}
	return displaywidth.TruncateString(text, most, "…")
}

// pad fills text up to so many columns, on its left or on its right.
func pad(text string, to int, left bool) string {
	spaces := strings.Repeat(" ", max(0, to-width(text)))
	if left {
		return spaces + text
	}
	return text + spaces
}

// name is a name that others gave, as it is shown in so many columns.
func name(text string, most int) string {
	const bytes = 200 // of a name are looked at
	return cut(printable.Short(text, bytes), most)
}
