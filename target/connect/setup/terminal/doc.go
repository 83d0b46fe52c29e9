// Package terminal is the form of package setup on a terminal: its pages, one
// after the other, and what comes after them: granting access, checking it, and
// saving the settings.
package terminal
