package config

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUnknownRegion(t *testing.T) {
	for name, want := range map[string]string{
		"":               "",
		"us-east-1":      "",
		"eu-isoe-west-1": "",
		"us-est-1":       "us-est-1 is not a known AWS region; the nearest is us-east-1",
		"us-east-1a":     "us-east-1a is not a known AWS region; the nearest is us-east-1",
		"EU-WEST-3":      "EU-WEST-3 is not a known AWS region; the nearest is eu-west-3",
		"eu-cental-1":    "eu-cental-1 is not a known AWS region; the nearest is eu-central-1",
		"x":              "x is not a known AWS region",
		"frankfurt":      "frankfurt is not a known AWS region",
	} {
		if got := UnknownRegion(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// A region that the SDK has learned of is one.
func TestRegionsOfTheSDK(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		t.Skip("no go command: ", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal/endpoints/awsrulesfn/partitions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Partitions []struct {
			Regions map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	var sdk []string
	for _, p := range table.Partitions {
		for name := range p.Regions {
			if !strings.HasSuffix(name, "-global") { // stands for a partition
				sdk = append(sdk, name)
			}
		}
	}
	ours := slices.Sorted(slices.Values(regions))
	slices.Sort(sdk)
	if !slices.Equal(ours, sdk) {
		t.Errorf("regions %q, the SDK has %q", ours, sdk)
	}
}
