# The steps of .ci/run by name, for those who like make. `make ci` is all of them.

.PHONY: build test short race kills vet tidy lint format fuzz static bench quickstart ci

build: ## the program, static and stripped
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o target-s3 ./cmd/target-s3

test: ## everything, against a real S3 server
	go test ./...

short: ## without what is long
	go test -short ./...

kills: ## the program killed at each request, and the rows counted
	go run ./tools/chaos -time 60s

vet:
	go vet ./...

tidy: ## whether go.mod and go.sum are
	for dir in . tools/*/; do [ ! -f $$dir/go.mod ] || go -C $$dir mod tidy -diff || exit 1; done

race: ## the same under the race detector
	CGO_ENABLED=1 go test -race ./...

lint: ## what linters find, and what the program does not reach
	go tool -modfile=tools/lint/go.mod golangci-lint run
	go tool -modfile=tools/lint/go.mod deadcode -tags chaos ./cmd/target-s3
	go tool -modfile=tools/actionlint/go.mod actionlint

format:
	go tool -modfile=tools/lint/go.mod gofumpt -l -w .

fuzz: ## every fuzz target; FUZZ_COUNT=1000 is shorter
	.ci/run 'fuzz targets'

static: ## that the binary is static
	.ci/run 'static build'

bench:
	go run ./bench

quickstart: ## the first command of the README
	go run ./cmd/target-s3 --config examples/quickstart/config.json --input examples/quickstart/shop.singer

ci:
	.ci/run
