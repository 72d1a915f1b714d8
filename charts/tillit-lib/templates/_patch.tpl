{{/*
The escape hatch. `tillit-lib.emit` prints one manifest; before that, `patch.<kind>` of the workload's values may change it:
  merge   a map laid over the object: maps are merged, lists are replaced, null removes
  json    operations of RFC 6902: add, replace, remove
Takes w with `kind` (the key under `patch`) and `object` (YAML text).
*/}}
{{- define "tillit-lib.emit" -}}
{{- $object := fromYaml .object -}}
{{- if hasKey $object "Error" -}}{{- fail (printf "%s of %s is not YAML: %s" .kind .component $object.Error) -}}{{- end -}}
{{- $patch := dig "patch" .kind dict .values -}}
{{- with $patch.merge -}}{{- $object = include "tillit-lib.merge" (dict "base" $object "over" .) | fromJson -}}{{- end -}}
{{- $where := printf "%s.patch.%s.json" .component .kind -}}
{{- range $patch.json -}}
{{- $path := regexSplit "/" (trimPrefix "/" .path) -1 -}}
{{- $arguments := dict "node" $object "path" $path "op" .op "value" .value "where" (printf "%s: %s" $where .path) -}}
{{- $object = (include "tillit-lib.jsonPatch" $arguments | fromJson).result -}}
{{- end }}
---
{{ toYaml $object }}
{{ end -}}

{{/* RFC 7386: the result as JSON. Unlike mergeOverwrite it lets false and 0 win; it changes `base`, so hand it a copy. */}}
{{- define "tillit-lib.merge" -}}
{{- $result := .base -}}
{{- range $key, $value := .over -}}
{{- if kindIs "invalid" $value -}}{{- $_ := unset $result $key -}}
{{- else if and (kindIs "map" $value) (kindIs "map" (get $result $key)) -}}
{{- $_ := set $result $key (include "tillit-lib.merge" (dict "base" (get $result $key) "over" $value) | fromJson) -}}
{{- else -}}{{- $_ := set $result $key $value -}}
{{- end -}}
{{- end -}}
{{- toJson $result -}}
{{- end -}}

{{/* One RFC 6902 operation at `path` below `node`; the changed node as JSON under `result`, since a list has no fromJson. */}}
{{- define "tillit-lib.jsonPatch" -}}
{{- $key := first .path | replace "~1" "/" | replace "~0" "~" -}}
{{- $last := eq (len .path) 1 -}}
{{- if kindIs "map" .node -}}
{{- if and (not (hasKey .node $key)) (not (and $last (eq .op "add"))) -}}{{- fail (printf "%s names nothing" .where) -}}{{- end -}}
{{- if not $last -}}
{{- $below := dict "node" (get .node $key) "path" (rest .path) "op" .op "value" .value "where" .where -}}
{{- $_ := set .node $key (include "tillit-lib.jsonPatch" $below | fromJson).result -}}
{{- else if eq .op "remove" -}}{{- $_ := unset .node $key -}}
{{- else -}}{{- $_ := set .node $key .value -}}
{{- end -}}
{{- toJson (dict "result" .node) -}}
{{- else if kindIs "slice" .node -}}
{{- $length := len .node -}}
{{- $index := ternary $length (int $key) (eq $key "-") -}}
{{- $appends := and $last (eq .op "add") (eq $index $length) -}}
{{- if and (ge $index $length) (not $appends) -}}{{- fail (printf "%s names nothing" .where) -}}{{- end -}}
{{- $list := list -}}
{{- range $i, $item := .node -}}
{{- if ne $i $index -}}{{- $list = append $list $item -}}
{{- else if not $last -}}
{{- $below := dict "node" $item "path" (rest $.path) "op" $.op "value" $.value "where" $.where -}}
{{- $list = append $list (include "tillit-lib.jsonPatch" $below | fromJson).result -}}
{{- else if eq $.op "add" -}}{{- $list = append (append $list $.value) $item -}}
{{- else if eq $.op "replace" -}}{{- $list = append $list $.value -}}
{{- end -}}
{{- end -}}
{{- if $appends -}}{{- $list = append $list .value -}}{{- end -}}
{{- toJson (dict "result" $list) -}}
{{- else -}}{{- fail (printf "%s goes through a plain value" .where) -}}
{{- end -}}
{{- end -}}
