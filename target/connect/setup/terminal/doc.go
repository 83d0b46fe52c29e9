// Package terminal is the form of package setup on a terminal: its pages, one
// after the other, and what comes after them: granting access, checking it, and
// saving the settings.
//
// It is drawn with Bubble Tea, which knows how terminals are spoken to, how their
// keys arrive and how a line is edited. Not with huh, the forms made of it: those
// check an answer when the field is left, refuse to go back from a wrong one, and
// make texts that follow from answers in other goroutines.
package terminal
