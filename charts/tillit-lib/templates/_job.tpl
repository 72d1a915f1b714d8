{{/*
A Job that runs before the release's own objects. What it needs (ServiceAccount, NetworkPolicy) comes as hooks of a lower
weight, because at first install nothing else exists yet. Argo CD reads the same annotations: pre-install and pre-upgrade
become PreSync, the weight a wave. A finished Job stays to be looked at and is replaced by the next run.
Beyond the pod's members w has: args, env, credentials, image, name, serviceAccountName, weight.
*/}}
{{- define "tillit-lib.hookAnnotations" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation
{{- end -}}

{{- define "tillit-lib.job" -}}
{{- $v := .values -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  backoffLimit: {{ int $v.backoffLimit }}
  activeDeadlineSeconds: {{ int $v.activeDeadlineSeconds }}
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
      restartPolicy: Never
      {{- include "tillit-lib.podCommon" . | nindent 6 }}
      containers:
        - name: {{ .component }}
          image: {{ include "tillit-lib.image" . | quote }}
          imagePullPolicy: {{ .image.pullPolicy }}
          args: {{ toJson .args }}
          env:
            - name: HOME
              value: /tmp
            {{- include "tillit-lib.env" .env | nindent 12 }}
            {{- include "tillit-lib.credentialEnv" . | nindent 12 }}
            {{- with $v.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          resources:
            {{- toYaml $v.resources | nindent 12 }}
          securityContext:
            {{- include "tillit-lib.containerSecurity" . | nindent 12 }}
          volumeMounts:
            {{- include "tillit-lib.mounts" . | nindent 12 }}
      volumes:
        {{- include "tillit-lib.volumes" . | nindent 8 }}
{{- end -}}
