// Command empty does nothing: what starting any program in Go costs.
package main

func main() {}
