package setup

import (
	"fmt"

	"target-s3/singer/printable"
	"target-s3/target/config"
)

// Surroundings are what the environment and the AWS configuration files say where
// the settings say nothing. Each has the place that says so, such as AWS_PROFILE.
type Surroundings struct {
	Endpoint, EndpointFrom string
	Region, RegionFrom     string
	Profile, ProfileFrom   string // empty: the one that is called default, if there is any

	Problem string // with reading them

	endpointProblem error
}

// Notes are what the step of the bucket says about the service that is in force
// here, and about what a load takes from this machine. They are fit to be shown, as
// with NotInFile.
func (f *Form) Notes() (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, printable.Line(fmt.Sprintf(format, args...))) }
	if dir, ok := f.base.FileRoot(); ok {
		note("The files go into the folder %s (aws_endpoint_url), not to Amazon S3.", dir)
		return notes
	}
	a := f.around
	switch {
	case a.endpointProblem != nil:
		note("%s is %q and cannot be used: %v.", a.EndpointFrom, a.Endpoint, a.endpointProblem)
	case a.Endpoint != "":
		note("Service: %s, from %s. It will be saved as aws_endpoint_url.", a.Endpoint, a.EndpointFrom)
	case f.base.AWSEndpointURL != "":
		note("Service: %s (aws_endpoint_url).", f.base.AWSEndpointURL)
	}
	switch {
	case a.Problem != "":
		note("%s.", a.Problem)
		return notes
	case f.base.AWSProfile != "":
		note("AWS profile: %s (aws_profile).", f.base.AWSProfile)
	case a.Profile != "":
		note("AWS profile: %s, from %s. It is not saved: loads need it as well.", a.Profile, a.ProfileFrom)
	}
	switch {
	case f.texts["aws_region"] != "":
	case a.Region != "":
		note("Without a region here, loads take %s, from %s.", a.Region, a.RegionFrom)
	case f.base.AWSEndpointURL == "":
		note("This machine has no region configured: give the bucket's.")
	}
	return notes
}

// NotInFile are what a load needs besides the file of settings.
func (f *Form) NotInFile(c config.Config, withSecrets bool) (things []string) {
	if _, folder := c.FileRoot(); folder || HasSecrets(c) && withSecrets {
		return nil
	}
	thing := "Credentials. Loads take them from the environment, from a profile or from the machine."
	switch {
	case HasSecrets(c):
		thing = "The credentials. Loads need them from the environment, from a profile or from the machine."
	case c.AWSProfile != "":
		thing = fmt.Sprintf("The credentials. Loads take them from the profile %s.", c.AWSProfile)
	case f.around.Profile != "":
		thing = fmt.Sprintf("The credentials. They come from the profile %s: set %s for loads as well, or aws_profile in the file.", f.around.Profile, f.around.ProfileFrom)
	}
	return []string{printable.Line(thing)}
}
