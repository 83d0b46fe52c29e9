package s3store

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"target-s3/target/nearest"
)

// ProfileError is a profile that the shared files of the AWS tools do not have.
type ProfileError struct {
	Name       string
	FromConfig bool   // it is Config.Profile's, and not the environment's
	Near       string // the profile that was probably meant; may be empty
}

// Problem is what is wrong with the name.
func (e *ProfileError) Problem() string {
	text := "no such profile in the AWS configuration files"
	if e.Near != "" {
		text += ": did you mean " + e.Near + "?"
	}
	return text
}

func (e *ProfileError) Error() string {
	name := "AWS_PROFILE"
	if e.FromConfig {
		name = "aws_profile"
	}
	return name + " " + clean(e.Name, maxWord) + ": " + e.Problem()
}

// profileError words the SDK's error for a profile that is none, or is nil.
func profileError(err error, cfg Config) error {
	var missing awsconfig.SharedConfigProfileNotExistError
	if !errors.As(err, &missing) {
		return nil
	}
	near := nearest.Of(missing.Profile, profiles())
	return &ProfileError{Name: missing.Profile, FromConfig: cfg.Profile != "", Near: clean(near, maxWord)}
}

// maxProfiles bounds what is read of a file to find a name.
const maxProfiles = 1 << 20

// profiles are the names in the shared files, wherever the environment says that
// these are.
func profiles() (names []string) {
	env, err := awsconfig.NewEnvConfig()
	if err != nil {
		return nil
	}
	for _, name := range []string{
		cmp.Or(env.SharedConfigFile, awsconfig.DefaultSharedConfigFilename()),
		cmp.Or(env.SharedCredentialsFile, awsconfig.DefaultSharedCredentialsFilename()),
	} {
		file, err := os.Open(name)
		if err != nil {
			continue
		}
		names = append(names, sections(io.LimitReader(file, maxProfiles))...)
		_ = file.Close()
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sections are the profiles of such a file: [name], or [profile name].
func sections(r io.Reader) (names []string) {
	for s := bufio.NewScanner(r); s.Scan(); {
		header, ok := strings.CutPrefix(strings.TrimSpace(s.Text()), "[")
		header, _, closed := strings.Cut(header, "]")
		fields := strings.Fields(header)
		switch {
		case !ok || !closed:
		case len(fields) == 1:
			names = append(names, fields[0])
		case len(fields) == 2 && fields[0] == "profile":
			names = append(names, strings.Trim(fields[1], `"'`))
		}
	}
	return names
}
