// Package tty draws a block of lines on a terminal and reads its keys. It knows
// nothing of what the lines say.
//
// Libraries for terminals do more, and are initialised whenever the program starts,
// which mostly shows no form.
package tty
