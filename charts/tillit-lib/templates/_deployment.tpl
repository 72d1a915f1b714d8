{{/*
A long-running service. Beyond root, component and values, w has:
  args  env  credentials  image  publicPort (0: none)  privatePort  serviceAccountName
*/}}
{{- define "tillit-lib.deployment" -}}
{{- $v := .values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  {{- if not (or $v.autoscaling.enabled $v.keda.enabled) }}
  replicas: {{ int $v.replicas }}
  {{- end }}
  revisionHistoryLimit: {{ int $v.revisionHistoryLimit }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "tillit-lib.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "tillit-lib.labels" . | nindent 8 }}
        {{- with $v.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $v.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "tillit-lib.podCommon" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ include "tillit-lib.gracePeriod" . }}
      topologySpreadConstraints:
        {{- include "tillit-lib.spread" . | nindent 8 }}
      {{- with $v.initContainers }}
      initContainers:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          {{- include "tillit-lib.serviceContainer" . | nindent 10 }}
        {{- with $v.sidecars }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "tillit-lib.volumes" . | nindent 8 }}
{{- end -}}

{{- define "tillit-lib.serviceContainer" -}}
{{- $v := .values -}}
image: {{ include "tillit-lib.image" . | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
args: {{ toJson .args }}
ports:
  {{- if .publicPort }}
  - name: http
    containerPort: {{ .publicPort }}
  {{- end }}
  - name: private
    containerPort: {{ .privatePort }}
env:
  - name: INSTANCE_ID
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  {{- include "tillit-lib.env" .env | nindent 2 }}
  {{- include "tillit-lib.credentialEnv" . | nindent 2 }}
  {{- with $v.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{ include "tillit-lib.probes" . }}
{{- if eq $v.drain.by "preStop" }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ int $v.drain.seconds }}
{{- end }}
resources:
  {{- toYaml $v.resources | nindent 2 }}
securityContext:
  {{- include "tillit-lib.containerSecurity" . | nindent 2 }}
volumeMounts:
  {{- include "tillit-lib.mounts" . | nindent 2 }}
{{- end -}}

{{/* Liveness asks nothing of databases or NATS: a restart would not bring them back (operations.md, E10). */}}
{{- define "tillit-lib.probes" -}}
{{- $p := .values.probes -}}
startupProbe:
  httpGet: {path: /healthz, port: private}
  {{- toYaml $p.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /healthz, port: private}
  {{- toYaml $p.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: private}
  {{- toYaml $p.readiness | nindent 2 }}
{{- end -}}

{{/* The process must end by itself before the kubelet kills it: preStop time and the process's own limit, and some air. */}}
{{- define "tillit-lib.gracePeriod" -}}
{{- $own := divf .values.shutdownMs 1000 | ceil | int -}}
{{- $needed := add $own (ternary .values.drain.seconds 0 (eq .values.drain.by "preStop")) 5 | int -}}
{{- $given := int (default $needed .values.terminationGracePeriodSeconds) -}}
{{- if lt $given $needed -}}
{{- fail (printf "%s: terminationGracePeriodSeconds %d is too short: shutdownMs and preStop need %d" .component $given $needed) -}}
{{- end -}}
{{- $given -}}
{{- end -}}

{{- define "tillit-lib.spread" -}}
{{- $w := . -}}
{{- range .values.topologySpread }}
- topologyKey: {{ .topologyKey }}
  maxSkew: {{ int (default 1 .maxSkew) }}
  whenUnsatisfiable: {{ default "ScheduleAnyway" .whenUnsatisfiable }}
  labelSelector:
    matchLabels:
      {{- include "tillit-lib.selectorLabels" $w | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end -}}
