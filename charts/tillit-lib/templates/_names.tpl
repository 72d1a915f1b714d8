{{/*
Names and labels. Every template of this library takes one dict, the workload `w`:
  root       the chart's root context
  component  the workload's name, such as signing-key
  values     its values, already merged over `common`
*/}}
{{- define "tillit-lib.chartName" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's prefix, at most 40 characters so that a component and a purpose still fit in 63. */}}
{{- define "tillit-lib.fullname" -}}
{{- $name := include "tillit-lib.chartName" . -}}
{{- $prefix := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $prefix .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "tillit-lib.name" -}}
{{- printf "%s-%s" (include "tillit-lib.fullname" .root) .component | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "tillit-lib.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tillit-lib.chartName" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "tillit-lib.labels" -}}
{{ include "tillit-lib.selectorLabels" . }}
app.kubernetes.io/part-of: tillit
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{/* metadata of a namespaced object; takes w with `name` and optional `annotations` and `extraLabels`. */}}
{{- define "tillit-lib.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "tillit-lib.labels" . | nindent 2 }}
  {{- with .extraLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* An image reference; a digest wins over what a tag may come to mean. Takes root and image. */}}
{{- define "tillit-lib.image" -}}
{{- $registry := .image.registry | default (dig "imageRegistry" "" (.root.Values.global | default dict)) -}}
{{- $repository := ternary .image.repository (printf "%s/%s" $registry .image.repository) (empty $registry) -}}
{{- if .image.digest -}}
{{- printf "%s%s@%s" $repository (ternary (printf ":%s" .image.tag) "" (not (empty .image.tag))) .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.image.tag | default .root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
