package schema

// Compile is that of a Compiler of its own.
func Compile(text []byte, keys []string) (*Schema, error) {
	return new(Compiler).Compile(text, keys)
}
