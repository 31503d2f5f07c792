# ── written by ./run; the module says what they mean and which values it takes ──

variable "region" {
  description = "Where the subnet is."
  type        = string
}

variable "node_types" {
  type = list(string)
}

variable "engine" {
  type = string
}

variable "engine_version" {
  type = string
}

variable "workload" {
  type = string
}

variable "files" {
  type = map(string)
}

variable "binary_url" {
  type = string
}

variable "binary_sha256" {
  type = string
}

variable "host_type" {
  type = string
}

variable "time_limit_minutes" {
  type = number
}

variable "subnet_id" {
  type = string
}

variable "associate_public_ip_address" {
  type = bool
}
