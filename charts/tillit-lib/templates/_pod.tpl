{{/* What Deployments and Jobs share, so that a Job lands on the same nodes with the same pull secrets (operations.md, E8). */}}
{{- define "tillit-lib.podCommon" -}}
serviceAccountName: {{ .serviceAccountName }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with (concat (dig "imagePullSecrets" list (.root.Values.global | default dict)) .image.pullSecrets) }}
imagePullSecrets:
  {{- range . }}
  - name: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "tillit-lib.podSecurity" . | nindent 2 }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "runtimeClassName" "dnsConfig" "hostAliases" }}
{{- with get $.values $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Pod Security "restricted". No user id: the image names a default, and platforms such as OpenShift choose their own. */}}
{{- define "tillit-lib.podSecurity" -}}
{{- $default := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- include "tillit-lib.merge" (dict "base" $default "over" .values.podSecurityContext) | fromJson | toYaml -}}
{{- end -}}

{{- define "tillit-lib.containerSecurity" -}}
{{- $default := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- include "tillit-lib.merge" (dict "base" $default "over" .values.containerSecurityContext) | fromJson | toYaml -}}
{{- end -}}

{{- define "tillit-lib.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- include "tillit-lib.credentialMounts" . }}
{{- with .values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tillit-lib.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- include "tillit-lib.credentialVolumes" . }}
{{- with .values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A map of plain values as environment variables. Lists become comma-separated; a large number never becomes 1e+06. */}}
{{- define "tillit-lib.env" -}}
{{- range $name, $value := . }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ include "tillit-lib.text" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "tillit-lib.text" -}}
{{- if kindIs "slice" . -}}{{- join "," . -}}
{{- else if kindIs "float64" . -}}{{- ternary (int64 . | toString) (toString .) (eq (floor .) .) -}}
{{- else -}}{{- toString . -}}
{{- end -}}
{{- end -}}

{{- define "tillit-lib.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
