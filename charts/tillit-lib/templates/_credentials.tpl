{{/*
Credentials come from Secrets that exist already, as files: never as environment values, never generated. Each one is
  {name, env (absent where something else names the file), secret: {existingSecret, key}, value: "path.in.values"}
and is mounted as a directory, so that the kubelet can bring a rotated value in.
*/}}
{{- define "tillit-lib.credentialFolder" -}}/run/secrets/tillit{{- end -}}

{{- define "tillit-lib.credentialEnv" -}}
{{- range .credentials }}
{{- if .env }}
- name: {{ .env }}
  value: {{ include "tillit-lib.credentialFolder" . }}/{{ .name }}/value
{{- end }}
{{- end }}
{{- end -}}

{{- define "tillit-lib.credentialMounts" -}}
{{- range .credentials }}
- name: secret-{{ .name }}
  mountPath: {{ include "tillit-lib.credentialFolder" . }}/{{ .name }}
  readOnly: true
{{- end }}
{{- end -}}

{{/* Mode 0444 (292): the user id is the platform's to choose, so the owner cannot be known; the volume is this pod's own. */}}
{{- define "tillit-lib.credentialVolumes" -}}
{{- range .credentials }}
{{- $missing := printf "set %s.existingSecret: the name of a Secret that exists; this chart generates none" .value }}
- name: secret-{{ .name }}
  secret:
    secretName: {{ required $missing .secret.existingSecret }}
    defaultMode: 292
    items:
      - key: {{ required (printf "set %s.key: the key inside the Secret" .value) .secret.key }}
        path: value
{{- end }}
{{- end -}}
