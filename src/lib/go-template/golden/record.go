// Records what Go's text/template makes of the templates in recorded.json: `go run record.go < recorded.json > new.json`.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"text/template"
	"time"
)

type Policy struct {
	Name    string
	Retries uint
}
type Port struct {
	Port int
	Type string
}
type Data struct {
	Name     string
	Count    int
	Big      uint64
	Ratio    float64
	On, Off  bool
	Empty    string
	Nothing  *Policy
	List     []string
	Numbers  []int
	None     []string
	NilList  []string `json:"NilList"`
	Inner    struct{ Deep struct{ Value string } }
	Labels   map[string]string
	NoLabels map[string]string
	Exposed  map[string]struct{}
	Ports    []Port
	Bound    map[string][]Port
	Policy   Policy
	Pointer  *Policy
	Created  time.Time
	Started  time.Time
	Zero     time.Time
}

func main() {
	d := Data{Name: "web", Count: 3, Big: 9007199254740991, Ratio: 0.5, On: true, List: []string{"a", "b", "c"}, Numbers: []int{1, 2, 3}, None: []string{},
		Labels: map[string]string{"b": "2", "a": "1"}, Exposed: map[string]struct{}{"80/tcp": {}, "53/udp": {}},
		Ports: []Port{{80, "tcp"}, {53, "udp"}}, Bound: map[string][]Port{"80/tcp": {{8080, "x"}}, "9/tcp": nil},
		Policy: Policy{"always", 2}, Pointer: &Policy{"no", 0},
		Created: time.Date(2024, 1, 2, 3, 4, 5, 120000000, time.UTC), Started: time.Date(2024, 11, 22, 15, 4, 5, 0, time.UTC)}
	d.Inner.Deep.Value = "x"
	funcs := template.FuncMap{
		"json": func(v any) string {
			b := &bytes.Buffer{}
			e := json.NewEncoder(b)
			e.SetEscapeHTML(false)
			e.Encode(v)
			return strings.TrimSpace(b.String())
		},
		"join":  func(s []string, sep string) string { return strings.Join(s, sep) },
		"split": strings.Split, "lower": strings.ToLower, "upper": strings.ToUpper, "title": strings.Title,
		"pad": func(s string, p, q int) string {
			if s == "" {
				return s
			}
			return strings.Repeat(" ", p) + s + strings.Repeat(" ", q)
		},
		"truncate": func(s string, n int) string {
			if n < len([]rune(s)) {
				return string([]rune(s)[:n])
			}
			return s
		},
	}
	var in struct{ Cases []struct{ Template string } }
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	var out []map[string]string
	for _, c := range in.Cases {
		s := c.Template
		r := map[string]string{"template": s}
		t, err := template.New("format").Funcs(funcs).Parse(s)
		var b bytes.Buffer
		if err == nil {
			err = t.Execute(&b, d)
		}
		if err != nil {
			r["error"] = err.Error()
		} else {
			r["text"] = b.String()
		}
		out = append(out, r)
	}
	j, _ := json.Marshal(d)
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(map[string]any{"data": json.RawMessage(j), "cases": out})
}
