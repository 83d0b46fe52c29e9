package config

import "testing"

func TestBlame(t *testing.T) {
	file := JSON("c.json", []byte("{\n  \"s3_bucket\": \"b\",\n  \"aws_profile_name\": \"prodd\"\n}"))
	env := Env([]string{"TARGET_S3_AWS_PROFILE=pord"})
	for want, sources := range map[string][]Source{
		`c.json:3:3: aws_profile_name "prodd": no such profile`:      {file},
		`TARGET_S3_AWS_PROFILE: aws_profile "pord": no such profile`: {file, env},
		`aws_profile: no such profile`:                               {JSON("gone.json", nil)},
	} {
		if got := Blame("aws_profile", "no such profile", sources...).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
