# cmake -Drules=FOLDER -Dto=FOLDER -P …: the rules without their examples, which the server never
# reads.
file(COPY ${rules}/ DESTINATION ${to} FILES_MATCHING PATTERN "*.toml")
file(REMOVE_RECURSE ${to}/examples)
