# ── what is measured ──

variable "name" {
  description = "Prefix of everything made here."
  type        = string
  default     = "cachefit-bench"
  nullable    = false

  # The longest node type adds 14 characters to the 40 of a replication group's identifier.
  validation {
    condition     = length(regexall("^[a-z]([a-z0-9]|-[a-z0-9])*$", var.name)) == 1 && length(var.name) <= 24
    error_message = "A name is at most 24 lower-case letters, digits and single hyphens, a letter first."
  }
}

variable "node_types" {
  description = "Candidates, as in cache.r7g.large. Each becomes one node; they are measured one after the other, in this order."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.node_types) >= 1 && length(var.node_types) <= 8 && length(distinct(var.node_types)) == length(var.node_types)
    error_message = "Name 1 to 8 node types, each once."
  }

  validation {
    condition     = alltrue([for type in var.node_types : length(regexall("^cache\\.[a-z][a-z0-9]*\\.[a-z0-9]+$", type)) == 1])
    error_message = "A node type is spelled like cache.r7g.large."
  }
}

variable "engine" {
  description = "valkey or redis."
  type        = string
  default     = "valkey"
  nullable    = false

  validation {
    condition     = contains(["valkey", "redis"], var.engine)
    error_message = "The engine is valkey or redis."
  }
}

variable "engine_version" {
  description = "Major and minor version, as in 8.1."
  type        = string
  default     = "8.1"
  nullable    = false

  # As modules/cache, less redis 6.2: the host logs in through IAM, which that cannot.
  validation {
    condition = contains([
      "redis-7.0", "redis-7.1",
      "valkey-7.2", "valkey-8.0", "valkey-8.1", "valkey-8.2", "valkey-9.0", "valkey-9.1",
    ], "${var.engine}-${var.engine_version}")
    error_message = "With IAM there are redis 7.0, 7.1 and valkey 7.2, 8.0, 8.1, 8.2, 9.0, 9.1."
  }
}

variable "workload" {
  description = "Path of the workload file; `cachefit spec check` accepts it."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.workload) >= 1
    error_message = "Name a workload file."
  }
}

variable "files" {
  description = "Files that the workload file names: their names there, and their paths here."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.files) : length(regexall("^[A-Za-z0-9][A-Za-z0-9._-]*$", name)) == 1 && name != "workload.toml"])
    error_message = "A file's name is letters, digits, dots, hyphens and underscores, and not workload.toml."
  }
}

# ── what measures ──

variable "binary_url" {
  description = "Where the host gets cachefit: s3://BUCKET/KEY or https://…; built for Linux on arm64, glibc 2.34 or none."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("^(s3://[a-z0-9][a-z0-9.-]*/|https://[A-Za-z0-9.-]+(:[0-9]+)?/)[A-Za-z0-9._~/%+=&?-]+$", var.binary_url)) == 1
    error_message = "An address is s3://BUCKET/KEY or https://HOST/PATH, without spaces and quotes."
  }
}

variable "binary_sha256" {
  description = "SHA-256 of that file. Another file is not run."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("^[0-9a-f]{64}$", var.binary_sha256)) == 1
    error_message = "A SHA-256 is 64 lower-case hexadecimal digits, as sha256sum prints them."
  }
}

variable "host_type" {
  description = "Instance type of the host: Graviton, 4 vCPUs or more, no burstable one; its network at least as wide as the widest candidate's."
  type        = string
  default     = "m7g.2xlarge"
  nullable    = false

  # Types whose namesakes are node types, so that the catalog bounds their price and knows their network.
  validation {
    condition     = length(regexall("^([mr][678]g|c[78]gn)\\.(xlarge|2xlarge|4xlarge|8xlarge|12xlarge|16xlarge)$", var.host_type)) == 1
    error_message = "The host is m6g, m7g, m8g, r6g, r7g, r8g, c7gn or c8gn, from xlarge to 16xlarge."
  }
}

variable "ami_id" {
  description = "Image of the host, Amazon Linux 2023 for arm64; null for the newest that AWS publishes."
  type        = string
  default     = null
}

variable "time_limit_minutes" {
  description = "The host measures no longer. It is terminated then, and the caches an hour after that at the latest, whoever is watching."
  type        = number
  default     = 120
  nullable    = false

  validation {
    condition     = var.time_limit_minutes >= 15 && var.time_limit_minutes <= 600 && var.time_limit_minutes == floor(var.time_limit_minutes)
    error_message = "A time limit is a whole number of minutes from 15 to 600."
  }
}

# ── where ──

variable "subnet_id" {
  description = "Subnet of the host and the caches: one zone, so that the round trip is the shortest. It leads to S3, ElastiCache's API and, with https://, the binary: by NAT, an internet gateway or endpoints."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("^subnet-[0-9a-f]+$", var.subnet_id)) == 1
    error_message = "A subnet is spelled like subnet-0123456789abcdef0."
  }
}

variable "associate_public_ip_address" {
  description = "Whether the host has a public address, as it needs in a subnet whose way out is an internet gateway. Nothing may connect to it either way."
  type        = bool
  default     = false
  nullable    = false
}

variable "force_destroy" {
  description = "Whether results go when the bucket is destroyed. The script fetches them first; without it, set this to false."
  type        = bool
  default     = true
  nullable    = false
}

variable "results_days" {
  description = "Days after which results expire in S3, should nobody destroy the bucket."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.results_days >= 1 && var.results_days <= 365 && var.results_days == floor(var.results_days)
    error_message = "Results are kept for 1 to 365 days."
  }
}

variable "tags" {
  description = "Tags of everything made here."
  type        = map(string)
  default     = {}
  nullable    = false
}
