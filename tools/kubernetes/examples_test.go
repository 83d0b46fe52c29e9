// Package kubernetes checks the manifests of examples/kubernetes with the code by which
// the API's server checks what is applied. That is large, so it is in a module of its own:
//
//	go -C tools/kubernetes test
package kubernetes

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
)

// create does with a document what the server does with one that is new: it decodes it,
// without unknown or repeated fields, fills in the defaults, and checks the rules.
func create(document []byte) error {
	codecs := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	decoded, kind, err := codecs.UniversalDecoder().Decode(document, nil, nil)
	if err != nil {
		return err
	}
	strategies := map[string]rest.RESTCreateStrategy{
		fmt.Sprintf("%T", &core.ConfigMap{}): configmap.Strategy,
		fmt.Sprintf("%T", &batch.CronJob{}):  cronjob.Strategy,
		fmt.Sprintf("%T", &batch.Job{}):      job.Strategy,
	}
	strategy := strategies[fmt.Sprintf("%T", decoded)]
	if strategy == nil {
		return fmt.Errorf("no strategy for %T", decoded)
	}
	about, err := meta.Accessor(decoded)
	if err != nil {
		return err
	}
	rest.FillObjectMetaSystemFields(about)
	ctx := request.WithRequestInfo(request.WithNamespace(request.NewContext(), "default"),
		&request.RequestInfo{Verb: "create", APIGroup: kind.Group, APIVersion: kind.Version})
	return rest.BeforeCreate(strategy, ctx, decoded)
}

func documents(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../examples/kubernetes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	found := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, document := range bytes.Split(text, []byte("\n---\n")) {
			found[fmt.Sprintf("%s/%d", filepath.Base(file), i)] = document
		}
	}
	return found
}

func TestExamplesAreAccepted(t *testing.T) {
	for name, document := range documents(t) {
		t.Run(name, func(t *testing.T) {
			if err := create(document); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is changed in the examples is refused: so the check can fail.
func TestMistakesAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, document, from, to, want string }{
		{"unknown field", "cronjob.yaml/1", "timeZone:", "timezone:", `unknown field "spec.timezone"`},
		{"restarted in its pod", "cronjob.yaml/1", "restartPolicy: Never", "restartPolicy: OnFailure", "restartPolicy"},
		{"schedule", "cronjob.yaml/1", `"17 * * * *"`, `"17 * * *"`, "spec.schedule"},
		{"codes not in order", "cronjob.yaml/1", "[2, 3]", "[3, 2]", "must be ordered"},
		{"index without an index", "backfill.yaml/1", "completionMode: Indexed", "completionMode: NonIndexed", "backoffLimitPerIndex"},
		{"limit below the request", "backfill.yaml/1", "limits:", "limits:\n            cpu: 100m", "must be less than or equal to cpu limit"},
		{"volume that is not there", "backfill.yaml/1", "- name: messages\n        persistent", "- name: other\n        persistent", "volumeMounts[1].name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			document := string(documents(t)[tt.document])
			changed := strings.Replace(document, tt.from, tt.to, 1)
			if changed == document {
				t.Fatalf("%s does not have %q", tt.document, tt.from)
			}
			if err := create([]byte(changed)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
