package main

import (
	"bytes"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common/util"
)

const location = "file:///values.schema.json"

var compiled struct {
	text   []byte
	schema *jsonschema.Schema
}

// fit tells whether the values fit the schema of the chart, which is compiled once; pkg/chart/common/util/jsonschema.go of Helm does it in
// these steps.
func fit(loaded chart.Charter, given map[string]any) error {
	accessor, err := chart.NewAccessor(loaded)
	if err != nil {
		return err
	}
	coalesced, err := util.CoalesceValues(loaded, given)
	if err != nil {
		return err
	}
	schema, err := compile(accessor.Schema())
	if err != nil {
		return err
	}
	return schema.Validate(coalesced.AsMap())
}

func compile(text []byte) (*jsonschema.Schema, error) {
	if bytes.Equal(compiled.text, text) {
		return compiled.schema, nil
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(location, document); err != nil {
		return nil, err
	}
	schema, err := compiler.Compile(location)
	if err == nil {
		compiled.text, compiled.schema = text, schema
	}
	return schema, err
}
