"""Helpers that several test files share: samples, builders, runners and checks.

Samples of artifacts: `artifact_samples`, `call_records`, `damaged_artifacts`, `generated_directories`, `json_samples`,
`large_artifacts`, `run_zip_sample`, `zip_bytes`. Runners: `command_runner`, `fuzz_targets`, `interrupted_builds`,
`library_workflow`, `process_table`, `served_bundle`. Checks: `bundle_checks`, `bundle_comparison`,
`directory_comparison`, `line_file_bundle`, `live_objects`. The comparison with `wink query`: `question_page`,
`question_runner`, `questions`. Redaction: `planted_secrets`, `independent_scan`.
"""
